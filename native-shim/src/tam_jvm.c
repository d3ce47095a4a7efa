/*
 * tam_jvm.c
 *	  The JVM of a backend: found, configured and started on first use.
 *
 * The postmaster never has a JVM. A backend (or a worker) starts its own when
 * it first touches a table of ours and keeps it until it exits.
 */
#include "postgres.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "port.h"
#include "portability/instr_time.h"
#include "storage/fd.h"
#include "utils/memutils.h"

#include "tam.h"

/* HotSpot suspends threads with this signal instead of PostgreSQL's SIGUSR2. */
#define SUSPEND_SIGNAL (SIGRTMIN + 9)

/* Bounds of the main thread's stack as the JVM sees it, in bytes. */
#define SMALLEST_STACK (1024 * 1024L)
#define LARGEST_STACK (1024 * 1024 * 1024L)

typedef jint (*create_java_vm) (JavaVM **vm, void **env, void *args);

static JavaVM *java_vm = NULL;
static JNIEnv *java_env = NULL;
static pthread_t main_thread;
static double start_milliseconds = 0;
static char *cache_path = NULL;

/* Signals as they were before all were blocked to create the JVM. */
static sigset_t signals_before_start;

/* --- options ---------------------------------------------------------------- */

typedef struct OptionList
{
	JavaVMOption *options;
	int			count;
	int			capacity;
} OptionList;

static void
add_option(OptionList *list, char *text)
{
	if (list->count == list->capacity)
	{
		list->capacity *= 2;
		list->options = repalloc(list->options, list->capacity * sizeof(JavaVMOption));
	}
	list->options[list->count].optionString = text;
	list->options[list->count].extraInfo = NULL;
	list->count++;
}

const char *
tam_home(void)
{
	static char home[MAXPGPATH] = "";

	if (home[0] == '\0')
		snprintf(home, sizeof(home), "%s/tamarack", pkglib_path);
	return home;
}

static char *
replace_all(const char *text, const char *what, const char *with)
{
	StringInfoData result;
	const char *found;

	initStringInfo(&result);
	while ((found = strstr(text, what)) != NULL)
	{
		appendBinaryStringInfo(&result, text, found - text);
		appendStringInfoString(&result, with);
		text = found + strlen(what);
	}
	appendStringInfoString(&result, text);
	return result.data;
}

/* The lines of an installed file, without comments, with the home directory put in. */
static void
add_installed_options(OptionList *list, const char *name)
{
	char	   *path = psprintf("%s/%s.options", tam_home(), name);
	FILE	   *file = AllocateFile(path, "r");
	char		line[8192];

	if (file == NULL)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open \"%s\": %m", path),
				 errhint("Tamarack is not installed completely: run \"./tamarack install\".")));
	while (fgets(line, sizeof(line), file) != NULL)
	{
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] != '\0' && line[0] != '#')
			add_option(list, replace_all(line, "@dir@", tam_home()));
	}
	FreeFile(file);
}

static void
add_user_options(OptionList *list)
{
	char	   *words = pstrdup(tam_java_options);
	char	   *rest = NULL;

	for (char *word = strtok_r(words, " \t\n", &rest); word != NULL;
		 word = strtok_r(NULL, " \t\n", &rest))
		add_option(list, word);
}

/*
 * The JVM wants to end the process, because it cannot start or cannot go on.
 * Left to itself it would call exit(), which the postmaster takes for a crash.
 */
static void
exit_of_jvm(jint code)
{
	if (!tam_on_main_thread())
		_exit(code);
	pthread_sigmask(SIG_SETMASK, &signals_before_start, NULL);
	ereport(FATAL,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 errmsg("the Java virtual machine gave up (code %d)", (int) code),
			 errdetail("The server's log holds the reason."),
			 errhint("Check tamarack.java_options, tamarack.java_heap and tamarack.runtime_path.")));
}

static void
add_exit_hook(OptionList *list)
{
	add_option(list, "exit");
	list->options[list->count - 1].extraInfo = (void *) exit_of_jvm;
}

char *
tam_jvm_installed_options(const char *name)
{
	OptionList	list = {palloc(32 * sizeof(JavaVMOption)), 0, 32};
	StringInfoData text;

	add_installed_options(&list, name);
	initStringInfo(&text);
	for (int i = 0; i < list.count; i++)
		appendStringInfo(&text, "%s\n", list.options[i].optionString);
	return text.data;
}

static void
add_cache_option(OptionList *list, const char *name)
{
	char	   *path = psprintf("%s/%s.aot", tam_home(), name);
	struct stat status;

	cache_path = MemoryContextStrdup(TopMemoryContext, path);
	if (stat(path, &status) == 0)
		add_option(list, psprintf("-XX:AOTCache=%s", path));
}

const char *
tam_jvm_cache_path(void)
{
	return cache_path;
}

/*
 * The JVM puts its guard pages this far down the main thread's stack: at its
 * very end, beyond whatever max_stack_depth can be set to.
 */
static long
main_stack_kilobytes(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY
		|| limit.rlim_cur > LARGEST_STACK)
		return LARGEST_STACK / 1024;
	return Max((long) limit.rlim_cur / 1024, SMALLEST_STACK / 1024);
}

static OptionList
all_options(const char *addition)
{
	OptionList	list = {palloc(32 * sizeof(JavaVMOption)), 0, 32};

	add_exit_hook(&list);
	add_installed_options(&list, "jvm");
	add_option(&list, psprintf("-Xmx%dm", tam_java_heap_mb));
	/* Of two class paths the JVM takes the second, and so it does with the heap, if nobody has set its size. */
	if (addition != NULL)
		add_installed_options(&list, addition);
	if (tam_java_heap_mb != TAM_USUAL_HEAP_MB)
		add_option(&list, psprintf("-Xmx%dm", tam_java_heap_mb));
	add_cache_option(&list, addition != NULL ? addition : "tamarack");
	/* What the JVM has to say goes to the server's log, and only if it matters. */
	add_option(&list, pstrdup("-Xlog:disable"));
	add_option(&list, pstrdup("-Xlog:all=error:stderr"));
	add_option(&list, psprintf("-Xss%ldk", main_stack_kilobytes()));
	add_user_options(&list);
	return list;
}

/* --- file descriptors --------------------------------------------------------- */

static int
open_descriptors(void)
{
	DIR		   *directory = AllocateDir("/proc/self/fd");
	int			count = 0;

	if (directory == NULL)
		return 0;
	while (ReadDirExtended(directory, "/proc/self/fd", LOG) != NULL)
		count++;
	FreeDir(directory);
	return count;
}

/* A long class path is as many open files for good, which fd.c must know of. */
static void
reserve_descriptors(int before)
{
	for (int count = open_descriptors() - before; count > 0; count--)
		ReserveExternalFD();
}

/* --- start ------------------------------------------------------------------ */

static create_java_vm
load_library(void)
{
	char	   *path;
	void	   *library;
	create_java_vm create;

	if (tam_runtime_path[0] != '\0')
		path = psprintf("%s/lib/server/libjvm.so", tam_runtime_path);
	else
		path = psprintf("%s/runtime/lib/server/libjvm.so", tam_home());
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("could not load the Java runtime: %s", dlerror()),
				 errhint("Run \"./tamarack install\", or set tamarack.runtime_path to a Java runtime of version 25 or later.")));
	create = (create_java_vm) dlsym(library, "JNI_CreateJavaVM");
	if (create == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("\"%s\" is not a Java runtime", path)));
	return create;
}

/*
 * Creates the JVM with every signal blocked, so that all its threads inherit
 * the full mask and PostgreSQL's signals reach the main thread only.
 */
static jint
create_with_signals_blocked(create_java_vm create, OptionList *list)
{
	JavaVMInitArgs arguments;
	sigset_t	all;
	jint		result;
	char		number[16];

	snprintf(number, sizeof(number), "%d", SUSPEND_SIGNAL);
	setenv("_JAVA_SR_SIGNUM", number, 1);
	arguments.version = JNI_VERSION_21;
	arguments.nOptions = list->count;
	arguments.options = list->options;
	arguments.ignoreUnrecognized = JNI_FALSE;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &signals_before_start);
	result = create(&java_vm, (void **) &java_env, &arguments);
	pthread_sigmask(SIG_SETMASK, &signals_before_start, NULL);
	return result;
}

/*
 * A JVM that cannot start may end its process, which the postmaster would take
 * for a crash of this one. Options that nobody has tried yet are therefore
 * tried in a child, which ends either way. True when the JVM starts.
 */
static bool
starts_in_child(create_java_vm create, OptionList *list)
{
	int			status;
	pid_t		child = fork();

	if (child == 0)
		_exit(create_with_signals_blocked(create, list) == JNI_OK ? 0 : 1);
	if (child < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("could not fork: %m")));
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
has_untried_options(void)
{
	return tam_java_options[0] != '\0' || tam_runtime_path[0] != '\0';
}

static void
raise_no_start(int code)
{
	ereport(ERROR,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 errmsg("the Java virtual machine does not start (code %d)", code),
			 errdetail("The server's log holds the reason."),
			 errhint("Check tamarack.java_options, tamarack.java_heap and tamarack.runtime_path.")));
}

static void
bind_classes(void)
{
	tam_error_bind(java_env);
	tam_downcall_bind(java_env);
	tam_upcall_bind(java_env);
}

static void
start(const char *addition)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "tamarack start",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	OptionList	list = all_options(addition);
	create_java_vm create = load_library();
	int			descriptors = open_descriptors();
	instr_time	before;
	instr_time	after;
	jint		result;

	INSTR_TIME_SET_CURRENT(before);
	main_thread = pthread_self();
	if (has_untried_options() && !starts_in_child(create, &list))
		raise_no_start(JNI_ERR);
	HOLD_INTERRUPTS();
	result = create_with_signals_blocked(create, &list);
	RESUME_INTERRUPTS();
	if (result != JNI_OK)
	{
		java_vm = NULL;
		java_env = NULL;
		raise_no_start(result);
	}
	reserve_descriptors(descriptors);
	INSTR_TIME_SET_CURRENT(after);
	INSTR_TIME_SUBTRACT(after, before);
	start_milliseconds = INSTR_TIME_GET_MILLISEC(after);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

JNIEnv *
tam_jvm_env_for(const char *addition)
{
	static bool bound = false;

	if (likely(bound))
		return java_env;
	if (java_env == NULL)
	{
		tam_require_preload();
		start(addition);
	}
	bind_classes();
	bound = true;
	return java_env;
}

JNIEnv *
tam_jvm_env(void)
{
	return tam_jvm_env_for(NULL);
}

bool
tam_jvm_running(void)
{
	return java_env != NULL;
}

double
tam_jvm_start_milliseconds(void)
{
	return start_milliseconds;
}

bool
tam_on_main_thread(void)
{
	return pthread_equal(pthread_self(), main_thread);
}
