/*-------------------------------------------------------------------------
 *
 * tam_sqlite_pack.c
 *	  Reading: SQLite rows into the off-heap batches of
 *	  tamarack.tuple.BatchLayout.
 *
 * The SQL function tam_pack(rowid, version) stands in the WHERE clause of the
 * scan, packs its row and answers 0, so SQLite walks on to the next row
 * without ever leaving its interpreter; it answers 1 when the batch is full,
 * which ends the one sqlite3_step of the scan.
 *
 * A stored tuple is
 *	   u16 number of attributes | u8 flags | null bitmap, if any | data
 * and becomes the image of a heap tuple: 23 bytes of header, the bitmap, and
 * the data at the next multiple of 8.  Integers are in native byte order.
 *
 *-------------------------------------------------------------------------
 */
#include "tam_sqlite_store.h"

SQLITE_EXTENSION_INIT3

#define FIXED_HEADER		23	/* offsetof(HeapTupleHeaderData, t_bits) */
#define LEAST_DATA_OFFSET	24	/* of a tuple with a null bitmap of at most one byte */
#define INFOMASK2_OFFSET	18
#define INFOMASK_OFFSET		20
#define HOFF_OFFSET			22
#define PREFIX_BYTES		3	/* of a stored tuple: attributes, flags */
#define FLAG_HASNULL		1	/* both as in HeapTupleHeaderData.t_infomask */
#define FLAG_HASVARWIDTH	2

/* What the first bytes of a stored tuple say about its image. */
typedef struct tuple_shape
{
	uint16_t	attributes;
	uint8_t		flags;
	int			bitmap_bytes;
	int			data_offset;	/* hoff */
	int64_t		data_bytes;
} tuple_shape;

#define STORE(type, base, offset, value) \
	do { \
		type stored_ = (type) (value); \
		memcpy((base) + (offset), &stored_, sizeof(type)); \
	} while (0)

static bool
read_shape(const unsigned char *prefix, int64_t tuple_bytes, tuple_shape *shape)
{
	if (tuple_bytes < PREFIX_BYTES)
		return false;
	memcpy(&shape->attributes, prefix, sizeof(uint16_t));
	shape->flags = prefix[2];
	shape->bitmap_bytes = (shape->flags & FLAG_HASNULL) ? (shape->attributes + 7) / 8 : 0;
	shape->data_offset = TAM_ALIGN8(FIXED_HEADER + shape->bitmap_bytes);
	shape->data_bytes = tuple_bytes - PREFIX_BYTES - shape->bitmap_bytes;
	return shape->data_bytes >= 0 && shape->data_offset <= UINT8_MAX;
}

/*
 * Makes room for an entry with an image of image_bytes.  Returns its address,
 * or NULL when it does not fit; the packing then ends before this row.
 */
static char *
reserve_entry(tam_packing *packing, int64_t row, int64_t image_bytes)
{
	int64_t		size = TAM_ALIGN8(TAM_BATCH_IMAGE + image_bytes);
	char	   *entry = packing->batch + packing->used;

	if (packing->used + size > packing->capacity)
	{
		packing->resume_row = row;
		if (packing->count == 0)
			packing->needed = packing->used + size;
		return NULL;
	}
	STORE(int32_t, entry, TAM_BATCH_ENTRY_SIZE, size);
	return entry;
}

static void
write_header(char *entry, int64_t row, const tam_header *header)
{
	STORE(int64_t, entry, TAM_BATCH_ROW, row);
	STORE(int64_t, entry, TAM_BATCH_XMIN, header->xmin);
	STORE(int64_t, entry, TAM_BATCH_XMAX, header->xmax);
	STORE(int64_t, entry, TAM_BATCH_NEXT, header->next);
	STORE(int32_t, entry, TAM_BATCH_CID, header->state);
	STORE(int32_t, entry, TAM_BATCH_INFO, header->state >> 32);
	STORE(int32_t, entry, TAM_BATCH_VERDICT, 0);
}

static void
write_lengths(char *entry, int64_t tuple_bytes, int64_t image_bytes)
{
	STORE(int32_t, entry, TAM_BATCH_BLOB_SIZE, tuple_bytes);
	STORE(int32_t, entry, TAM_BATCH_TUPLE_LENGTH, image_bytes);
	STORE(int32_t, entry, TAM_BATCH_BLOB_OFFSET, 0);
}

/* The image up to its data, except the null bitmap.  Nearly always it is of the least size. */
static void
write_image_header(char *image, const tuple_shape *shape)
{
	memset(image, 0, LEAST_DATA_OFFSET);
	if (shape->data_offset > LEAST_DATA_OFFSET)
		memset(image + LEAST_DATA_OFFSET, 0, shape->data_offset - LEAST_DATA_OFFSET);
	STORE(uint16_t, image, INFOMASK2_OFFSET, shape->attributes);
	STORE(uint16_t, image, INFOMASK_OFFSET, shape->flags & (FLAG_HASNULL | FLAG_HASVARWIDTH));
	STORE(uint8_t, image, HOFF_OFFSET, shape->data_offset);
}

/* After an entry: may the next row follow? */
static bool
advance(tam_packing *packing, const char *entry, int64_t row)
{
	int32_t		size;

	memcpy(&size, entry + TAM_BATCH_ENTRY_SIZE, sizeof(size));
	packing->used += size;
	packing->count++;
	if (row == packing->last)
		packing->resume_row = -1;
	else if (packing->count == packing->max_rows)
		packing->resume_row = row + 1;
	else
		return true;
	return false;
}

/*
 * Opens tuple `row` of large_tuple, reusing an open handle.  On error *blob is
 * still to be closed.
 */
int
tam_large_open(tam_store *store, int64_t row, bool writable, sqlite3_blob **blob)
{
	if (*blob != NULL)
		return sqlite3_blob_reopen(*blob, row);
	return sqlite3_blob_open(store->db, "main", "large_tuple", "tuple", row, writable, blob);
}

/* Reads a large tuple straight into its image. */
static int
read_large(sqlite3_blob *blob, char *image, const tuple_shape *shape)
{
	int			offset = PREFIX_BYTES;
	int			result = SQLITE_OK;

	write_image_header(image, shape);
	if (shape->bitmap_bytes > 0)
		result = sqlite3_blob_read(blob, image + FIXED_HEADER, shape->bitmap_bytes, offset);
	offset += shape->bitmap_bytes;
	if (result == SQLITE_OK)
		result = sqlite3_blob_read(blob, image + shape->data_offset, shape->data_bytes, offset);
	return result;
}

/*
 * Packs a row whose tuple is in large_tuple.  *full is set when the batch
 * cannot take it.
 */
static int
pack_large(tam_store *store, int64_t row, const tam_header *header, bool *full)
{
	tam_packing *packing = &store->packing;
	unsigned char prefix[PREFIX_BYTES];
	tuple_shape shape;
	char	   *entry;
	int64_t		bytes;
	int			result = tam_large_open(store, row, false, &packing->large);

	if (result != SQLITE_OK)
		return result == SQLITE_ERROR ? SQLITE_CORRUPT : result;
	bytes = sqlite3_blob_bytes(packing->large);
	if (bytes < PREFIX_BYTES)
		return SQLITE_CORRUPT;
	result = sqlite3_blob_read(packing->large, prefix, PREFIX_BYTES, 0);
	if (result == SQLITE_OK && !read_shape(prefix, bytes, &shape))
		result = SQLITE_CORRUPT;
	if (result != SQLITE_OK)
		return result;
	entry = reserve_entry(packing, row, shape.data_offset + shape.data_bytes);
	*full = entry == NULL;
	if (*full)
		return SQLITE_OK;
	write_header(entry, row, header);
	write_lengths(entry, bytes, shape.data_offset + shape.data_bytes);
	result = read_large(packing->large, entry + TAM_BATCH_IMAGE, &shape);
	if (result == SQLITE_OK)
		*full = !advance(packing, entry, row);
	return result;
}

/* Packs a row whose tuple is at hand. */
static int
pack_small(tam_packing *packing, int64_t row, const tam_header *header,
		   const unsigned char *tuple, int bytes, bool *full)
{
	tuple_shape shape;
	char	   *entry;
	char	   *image;

	if (!read_shape(tuple, bytes, &shape))
		return SQLITE_CORRUPT;
	entry = reserve_entry(packing, row, shape.data_offset + shape.data_bytes);
	*full = entry == NULL;
	if (*full)
		return SQLITE_OK;
	write_header(entry, row, header);
	write_lengths(entry, bytes, shape.data_offset + shape.data_bytes);
	image = entry + TAM_BATCH_IMAGE;
	write_image_header(image, &shape);
	if (shape.bitmap_bytes > 0)
		memcpy(image + FIXED_HEADER, tuple + PREFIX_BYTES, shape.bitmap_bytes);
	memcpy(image + shape.data_offset, tuple + PREFIX_BYTES + shape.bitmap_bytes, shape.data_bytes);
	*full = !advance(packing, entry, row);
	return SQLITE_OK;
}

/* Packs a row's header alone. */
static int
pack_header(tam_packing *packing, int64_t row, const tam_header *header, bool *full)
{
	char	   *entry = reserve_entry(packing, row, 0);

	*full = entry == NULL;
	if (*full)
		return SQLITE_OK;
	write_header(entry, row, header);
	write_lengths(entry, 0, 0);
	*full = !advance(packing, entry, row);
	return SQLITE_OK;
}

/*
 * tam_pack(rowid, version): packs one row.  1 when no more rows are wanted, 0
 * otherwise.
 */
static void
pack(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	tam_store  *store = sqlite3_user_data(context);
	tam_packing *packing = &store->packing;
	int64_t		row = sqlite3_value_int64(arguments[0]);
	const unsigned char *version;
	int			bytes;
	tam_header	header;
	bool		full = false;
	int			result;

	if (packing->batch == NULL)
	{
		sqlite3_result_error_code(context, SQLITE_MISUSE);
		return;
	}
	if (row > packing->last)
	{
		packing->resume_row = -1;
		sqlite3_result_int(context, 1);
		return;
	}
	version = sqlite3_value_blob(arguments[1]);
	bytes = sqlite3_value_bytes(arguments[1]) - TAM_HEADER_BYTES;
	if (bytes < 0)
	{
		sqlite3_result_error_code(context, SQLITE_CORRUPT);
		return;
	}
	tam_header_decode(version, &header);
	if (packing->headers_only)
		result = pack_header(packing, row, &header, &full);
	else if (bytes == 0)
		result = pack_large(store, row, &header, &full);
	else
		result = pack_small(packing, row, &header, version + TAM_HEADER_BYTES, bytes, &full);
	if (result == SQLITE_OK)
		sqlite3_result_int(context, full);
	else
		sqlite3_result_error_code(context, result);
}

/* Runs the packing statement for rows first..last and fills in the batch's header. */
static int
run_packing(tam_store *store, tam_statement which, int64_t first, int64_t last, int max_rows,
			bool headers_only, char *batch, int64_t capacity)
{
	tam_packing *packing = &store->packing;
	sqlite3_stmt *statement;
	int			result = tam_store_statement(store, which, &statement);

	if (result != SQLITE_OK)
		return result;
	if (capacity < TAM_BATCH_HEADER_SIZE)
		return SQLITE_MISUSE;
	*packing = (tam_packing) {
		.batch = batch, .capacity = capacity, .used = TAM_BATCH_HEADER_SIZE,
		.last = last, .resume_row = -1, .max_rows = max_rows, .headers_only = headers_only
	};
	memset(batch, 0, TAM_BATCH_HEADER_SIZE);
	sqlite3_bind_int64(statement, 1, first);
	result = tam_store_finish(statement, sqlite3_step(statement));
	if (packing->large != NULL)
		sqlite3_blob_close(packing->large);
	packing->batch = NULL;
	if (result != SQLITE_OK)
		return result;
	STORE(int32_t, batch, TAM_BATCH_COUNT, packing->count);
	STORE(int64_t, batch, TAM_BATCH_USED, packing->used);
	STORE(int64_t, batch, TAM_BATCH_RESUME_ROW, packing->resume_row);
	STORE(int64_t, batch, TAM_BATCH_NEEDED, packing->needed);
	return SQLITE_OK;
}

/*
 * Packs the rows first..last, as many as fit and at most max_rows.
 */
int
tam_store_scan(tam_store *store, int64_t first, int64_t last, int max_rows, bool headers_only,
			   char *batch, int64_t capacity, int *count)
{
	int			result = run_packing(store, TAM_SCAN, first, last, max_rows, headers_only, batch,
									 capacity);

	*count = store->packing.count;
	return result;
}

/*
 * Packs one row without reading ahead, see tam_store_fetch.
 */
int
tam_store_fetch_alone(tam_store *store, int64_t row, bool headers_only, char *batch,
					  int64_t capacity, int *found)
{
	int			result = run_packing(store, TAM_FETCH, row, row, 1, headers_only, batch, capacity);

	*found = store->packing.needed > 0 ? -1 : store->packing.count;
	return result;
}

int
tam_pack_register(tam_store *store)
{
	return sqlite3_create_function_v2(store->db, "tam_pack", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY,
									  store, pack, NULL, NULL, NULL);
}
