/*
 * tam_shmem.c
 *	  Shared memory: one area for each part that wants one, made when the
 *	  server starts and again after a crash of one of its processes.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"

#include "tam.h"

#define AREAS_AT_MOST 8

typedef struct TamArea
{
	const char *name;
	Size		size;
	void	  **address;
	void		(*init) (void);
} TamArea;

static TamArea areas[AREAS_AT_MOST];
static int	area_count = 0;
static shmem_startup_hook_type next_shmem_startup = NULL;
static shmem_request_hook_type next_shmem_request = NULL;

static void
request_areas(void)
{
	if (next_shmem_request)
		next_shmem_request();
	for (int i = 0; i < area_count; i++)
		RequestAddinShmemSpace(MAXALIGN(areas[i].size));
	RequestNamedLWLockTranche("tamarack", 1);
}

static void
make_areas(void)
{
	if (next_shmem_startup)
		next_shmem_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	for (int i = 0; i < area_count; i++)
	{
		bool		found;

		*areas[i].address = ShmemInitStruct(areas[i].name, areas[i].size, &found);
		if (!found)
			areas[i].init();
	}
	LWLockRelease(AddinShmemInitLock);
}

void
tam_shmem_add(const char *name, Size size, void **address, void (*init) (void))
{
	Assert(area_count < AREAS_AT_MOST);
	areas[area_count].name = name;
	areas[area_count].size = size;
	areas[area_count].address = address;
	areas[area_count].init = init;
	area_count++;
}

LWLock *
tam_shmem_lock(void)
{
	return &GetNamedLWLockTranche("tamarack")->lock;
}

void
tam_shmem_register(void)
{
	next_shmem_request = shmem_request_hook;
	shmem_request_hook = request_areas;
	next_shmem_startup = shmem_startup_hook;
	shmem_startup_hook = make_areas;
}
