/*
 * load.c
 *		Concurrent clients whose every transaction leaves its trace.
 *
 * usage: load CONNINFO SESSIONS SECONDS SEED LOGFILE [faults]
 *
 * Each session runs random transactions on the tables of load.sql: transfers
 * (updates of the same rows), its own rows (insert, update, delete, insert
 * again), upserts, a queue with SKIP LOCKED, races for unique keys; with
 * savepoints, rollbacks, two-phase commit, all three isolation levels. What a
 * transaction does it writes into the journal as well. In between, readers
 * under REPEATABLE READ look for problems in their snapshot, and one session
 * more does VACUUM and the like.
 *
 * LOGFILE gets a line "session serial outcome" for each transaction, to be
 * copied into client_log. With "faults" a lost connection is no failure: the
 * session connects again until its time is over. Exit status 1, and a line
 * on standard output for each, when something happened that must not happen.
 */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ACCOUNTS 40
#define OWN_ROWS 60
#define COUNTERS 25
#define KEYS 30

typedef struct Session
{
	int			id;
	unsigned int random;
	PGconn	   *conn;
	long		serial;
	int			step;
	long		committed;
	long		rolled_back;
	long		unknown;
	long		read;
	long		in_doubt;		/* serial of a prepared transaction whose end is not known; 0: none */
	char		sqlstate[6];
} Session;

static const char *conninfo;
static double deadline;
static bool faults;
static FILE *client_log;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static int	failures;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* A number from 0 to below - 1. */
static int
chance(Session *s, int below)
{
	return rand_r(&s->random) % below;
}

static void
failure(Session *s, const char *what, const char *detail)
{
	pthread_mutex_lock(&log_lock);
	failures++;
	printf("session %d, transaction %ld: %s: %s\n", s->id, s->serial, what, detail);
	pthread_mutex_unlock(&log_lock);
}

/* What may happen to any transaction among many: it is rolled back. */
static bool
is_expected(const char *state)
{
	return strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0 ||
		strcmp(state, "23505") == 0 || strcmp(state, "25P02") == 0;
}

static bool
lost(Session *s)
{
	return PQstatus(s->conn) != CONNECTION_OK;
}

/* Is this error the death of the connection or of the server? */
static bool
is_fault(Session *s)
{
	return faults && (lost(s) || strncmp(s->sqlstate, "57P", 3) == 0 ||
					  strcmp(s->sqlstate, "58P01") == 0 || s->sqlstate[0] == '\0');
}

/*
 * Runs one statement; true when it succeeded. The number of its rows (or of
 * those it changed) goes to *rows, the first value to *value, where wanted.
 */
static bool
run(Session *s, int *rows, long *value, const char *format,...)
{
	char		sql[2048];
	va_list		args;
	PGresult   *result;
	ExecStatusType status;
	const char *state;

	va_start(args, format);
	vsnprintf(sql, sizeof(sql), format, args);
	va_end(args);
	result = PQexec(s->conn, sql);
	status = PQresultStatus(result);
	state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	snprintf(s->sqlstate, sizeof(s->sqlstate), "%s", state ? state : "");
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
	{
		if (!is_expected(s->sqlstate) && !is_fault(s))
			failure(s, sql, PQerrorMessage(s->conn));
		PQclear(result);
		return false;
	}
	if (rows)
		*rows = status == PGRES_TUPLES_OK ? PQntuples(result) : atoi(PQcmdTuples(result));
	if (value && status == PGRES_TUPLES_OK && PQntuples(result) > 0)
		*value = atol(PQgetvalue(result, 0, 0));
	PQclear(result);
	return true;
}

static bool
journal(Session *s, char kind, int a, int b, long amount)
{
	return run(s, NULL, NULL, "INSERT INTO journal VALUES (%d, %ld, %d, '%c', %d, %d, %ld)",
			   s->id, s->serial, s->step++, kind, a, b, amount);
}

/* ---- actions: each true when the transaction may go on ---------------- */

static bool
transfer(Session *s)
{
	int			from = 1 + chance(s, ACCOUNTS);
	int			to = 1 + chance(s, ACCOUNTS);
	int			amount = chance(s, 50);
	int			rows;

	if (from == to)
		return true;
	if (chance(s, 3) == 0 &&
		!run(s, NULL, NULL, "SELECT balance FROM account WHERE id IN (%d, %d) ORDER BY id FOR %s", from, to,
			 (const char *[]) {"UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"}[chance(s, 4)]))
		return false;
	if (!run(s, &rows, NULL, "UPDATE account SET balance = balance - %d WHERE id = %d", amount, from))
		return false;
	if (rows != 1)
		failure(s, "transfer", "an account is not there, or there twice");
	if (!run(s, &rows, NULL, "UPDATE account SET balance = balance + %d WHERE id = %d", amount, to))
		return false;
	if (rows != 1)
		failure(s, "transfer", "an account is not there, or there twice");
	return journal(s, 'T', from, to, amount);
}

/* Rows that no other session writes: what is there is known. */
static bool
own(Session *s)
{
	int			k = chance(s, OWN_ROWS);
	long		v = s->serial * 10 + s->step;
	int			there;
	int			rows;

	if (!run(s, &there, NULL, "SELECT 1 FROM own WHERE session = %d AND k = %d", s->id, k))
		return false;
	if (there && chance(s, 3) == 0)
	{
		if (!run(s, &rows, NULL, "DELETE FROM own WHERE session = %d AND k = %d", s->id, k))
			return false;
		if (rows != 1)
			failure(s, "own", "a row just seen could not be deleted");
		return journal(s, 'D', k, 0, 0);
	}
	if (there ?
		!run(s, &rows, NULL, "UPDATE own SET v = %ld, payload = repeat(md5('%ld'), %d) WHERE session = %d AND k = %d",
			 v, v, (int) (v % 40), s->id, k) :
		!run(s, &rows, NULL, "INSERT INTO own VALUES (%d, %d, %ld, repeat(md5('%ld'), %d))",
			 s->id, k, v, v, (int) (v % 40)))
	{
		if (strcmp(s->sqlstate, "23505") == 0)
			failure(s, "own", "a row that is not there is there for the index");
		return false;
	}
	if (rows != 1)
		failure(s, "own", "a row just seen could not be updated");
	return journal(s, 'W', k, 0, v);
}

static bool
upsert(Session *s)
{
	int			k = chance(s, COUNTERS);

	return run(s, NULL, NULL, "INSERT INTO counter VALUES (%d, 1) ON CONFLICT (k) DO UPDATE SET n = counter.n + 1", k) &&
		journal(s, 'U', k, 0, 0);
}

static bool
take(Session *s)
{
	int			rows;
	long		id = 0;

	if (!run(s, &rows, &id, "DELETE FROM queue WHERE id = (SELECT id FROM queue ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id"))
		return false;
	return rows == 0 || journal(s, 'Q', (int) id, 0, 0);
}

static bool
unique_key(Session *s)
{
	int			k = chance(s, KEYS);
	int			rows;

	if (chance(s, 2) == 0)
	{
		if (!run(s, &rows, NULL, "DELETE FROM uniq WHERE k = %d", k))
			return false;
		if (rows > 1)
			failure(s, "unique key", "it was there more than once");
		return rows == 0 || journal(s, 'X', k, 0, 0);
	}
	if (chance(s, 2) == 0)
	{
		if (!run(s, &rows, NULL, "INSERT INTO uniq VALUES (%d, %d) ON CONFLICT DO NOTHING", k, s->id))
			return false;
		return rows == 0 || journal(s, 'I', k, 0, 0);
	}
	return run(s, NULL, NULL, "INSERT INTO uniq VALUES (%d, %d)", k, s->id) && journal(s, 'I', k, 0, 0);
}

static bool
action(Session *s)
{
	switch (chance(s, 8))
	{
		case 0:
		case 1:
			return transfer(s);
		case 2:
		case 3:
			return own(s);
		case 4:
			return upsert(s);
		case 5:
			return take(s);
		default:
			return unique_key(s);
	}
}

/* An action in a savepoint that is kept, or given up and followed by another. */
static bool
action_in_savepoint(Session *s)
{
	int			step = s->step;
	bool		ok;

	if (!run(s, NULL, NULL, "SAVEPOINT a"))
		return false;
	ok = action(s);
	if (lost(s))
		return false;
	if (ok && chance(s, 2) == 0)
		return run(s, NULL, NULL, "RELEASE a");
	s->step = step;
	return run(s, NULL, NULL, "ROLLBACK TO a") && action(s);
}

/* ---- transactions ------------------------------------------------------ */

static void
outcome(Session *s, char letter)
{
	if (letter == 'C')
		s->committed++;
	else if (letter == 'R')
		s->rolled_back++;
	else
		s->unknown++;
	pthread_mutex_lock(&log_lock);
	fprintf(client_log, "%d\t%ld\t%c\n", s->id, s->serial, letter);
	pthread_mutex_unlock(&log_lock);
}

/* Ends the transaction by COMMIT or in two phases; the outcome's letter. */
static char
commit(Session *s)
{
	if (chance(s, 10) != 0)
	{
		if (run(s, NULL, NULL, "COMMIT"))
			return 'C';
		return lost(s) ? 'U' : 'R';
	}
	if (run(s, NULL, NULL, "PREPARE TRANSACTION 'load %d %ld'", s->id, s->serial))
	{
		bool		back = chance(s, 4) == 0;

		if (run(s, NULL, NULL, "%s PREPARED 'load %d %ld'", back ? "ROLLBACK" : "COMMIT", s->id, s->serial))
			return back ? 'R' : 'C';
	}
	else if (!lost(s))
		return 'R';
	s->in_doubt = s->serial;
	return 'U';
}

static void
write_transaction(Session *s)
{
	static const char *const levels[] = {"READ COMMITTED", "READ COMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"};
	int			actions = 1 + chance(s, 4);
	bool		ok;

	s->serial++;
	s->step = 0;
	ok = run(s, NULL, NULL, "BEGIN ISOLATION LEVEL %s", levels[chance(s, 5)]);
	while (ok && actions-- > 0)
		ok = chance(s, 4) == 0 ? action_in_savepoint(s) : action(s);
	if (ok && s->step == 0)
		ok = journal(s, 'N', 0, 0, 0);
	if (ok && chance(s, 7) != 0)
	{
		char		letter = commit(s);

		outcome(s, letter);
		if (letter == 'R' && !lost(s))
			run(s, NULL, NULL, "ROLLBACK");
		return;
	}
	if (!lost(s))
		run(s, NULL, NULL, "ROLLBACK");
	outcome(s, 'R');
}

/* A snapshot without problems, which stays the same while others write. */
static void
read_transaction(Session *s)
{
	int			rows;
	long		before = -1;
	long		after = -2;

	if (!run(s, NULL, NULL, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
		return;
	if (run(s, NULL, &before, "SELECT count(*) FROM journal") &&
		run(s, &rows, NULL, chance(s, 4) == 0 ? "SELECT * FROM problems" :
			"SELECT sum(balance) FROM account HAVING sum(balance) <> 1000 * %d OR count(*) <> %d", ACCOUNTS, ACCOUNTS))
	{
		if (rows > 0)
			failure(s, "a reader's snapshot has problems", "see the view problems");
		if (run(s, NULL, &after, chance(s, 2) == 0 ? "SELECT count(*) FROM journal" :
				"SELECT sum(n) FROM (SELECT count(*) AS n FROM journal GROUP BY session) s") && before != after && before > 0)
			failure(s, "a reader's snapshot", "it changed");
		s->read++;
	}
	if (!lost(s))
		run(s, NULL, NULL, "COMMIT");
}

/* ---- sessions ---------------------------------------------------------- */

static bool
usable(Session *s)
{
	return s->conn != NULL && !lost(s);
}

/* Connects, again and again where faults are expected; false when the time is up. */
static bool
connect_again(Session *s, double until)
{
	while (now() < until)
	{
		if (s->conn)
			PQfinish(s->conn);
		s->conn = PQconnectdb(conninfo);
		if (PQstatus(s->conn) == CONNECTION_OK)
			return true;
		if (!faults)
		{
			failure(s, "connect", PQerrorMessage(s->conn));
			return false;
		}
		usleep(20000);
	}
	return false;
}

/*
 * Ends a prepared transaction that outlived its connection, as a transaction
 * manager must: others wait for its locks, also beyond the deadline.
 */
static void
settle(Session *s)
{
	double		until = now() + 120;

	while (s->in_doubt != 0)
	{
		int			rows;

		if (!usable(s) && !connect_again(s, until))
		{
			failure(s, "in doubt", "the server does not come back");
			return;
		}
		if (!run(s, &rows, NULL, "SELECT 1 FROM pg_prepared_xacts WHERE gid = 'load %d %ld'", s->id, s->in_doubt))
			continue;
		if (rows == 0 || run(s, NULL, NULL, "COMMIT PREPARED 'load %d %ld'", s->id, s->in_doubt))
			s->in_doubt = 0;
	}
}

static void *
client(void *arg)
{
	Session    *s = arg;

	while (now() < deadline && (usable(s) || connect_again(s, deadline)))
	{
		settle(s);
		if (chance(s, 5) == 0)
			read_transaction(s);
		else
			write_transaction(s);
	}
	settle(s);
	PQfinish(s->conn);
	return NULL;
}

/* The housekeeper: none of this may disturb anybody. */
static void *
maintain(void *arg)
{
	static const char *const tables[] = {"account", "own", "counter", "queue", "uniq", "journal"};
	static const char *const commands[] = {"VACUUM %s", "VACUUM %s", "VACUUM (FREEZE) %s", "ANALYZE %s",
	"VACUUM (INDEX_CLEANUP on) %s", "REINDEX TABLE CONCURRENTLY %s"};
	Session    *s = arg;

	while (now() < deadline && (usable(s) || connect_again(s, deadline)))
	{
		run(s, NULL, NULL, commands[chance(s, 6)], tables[chance(s, 6)]);
		usleep(1000 * chance(s, 200));
	}
	PQfinish(s->conn);
	return NULL;
}

int
main(int argc, char **argv)
{
	Session    *sessions;
	pthread_t  *threads;
	int			count;
	int			seed;
	long		committed = 0,
				rolled_back = 0,
				unknown = 0,
				read = 0;

	if (argc < 6)
	{
		fprintf(stderr, "usage: load CONNINFO SESSIONS SECONDS SEED LOGFILE [faults]\n");
		return 2;
	}
	conninfo = argv[1];
	count = atoi(argv[2]);
	deadline = now() + atof(argv[3]);
	seed = atoi(argv[4]);
	client_log = fopen(argv[5], "a");
	faults = argc > 6;
	if (!client_log)
		return 2;
	sessions = calloc(count + 1, sizeof(Session));
	threads = calloc(count + 1, sizeof(pthread_t));
	for (int i = 0; i <= count; i++)
	{
		sessions[i].id = i + 1;
		sessions[i].random = seed * 1000 + i;
		/* one log serves several runs: their serials must differ */
		sessions[i].serial = (long) seed * 1000000;
		pthread_create(&threads[i], NULL, i < count ? client : maintain, &sessions[i]);
	}
	for (int i = 0; i <= count; i++)
	{
		pthread_join(threads[i], NULL);
		committed += sessions[i].committed;
		rolled_back += sessions[i].rolled_back;
		unknown += sessions[i].unknown;
		read += sessions[i].read;
	}
	fclose(client_log);
	fprintf(stderr, "%ld committed, %ld rolled back, %ld unknown, %ld snapshots read\n", committed, rolled_back, unknown, read);
	/* Where the server is killed, it may come to nothing before the time is up. */
	return failures > 0 || (committed == 0 && !faults);
}
