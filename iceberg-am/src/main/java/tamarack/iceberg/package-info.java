/**
 * The access method iceberg: tables that PostgreSQL and every lake engine share.
 *
 * <p>PostgreSQL's own tables say which data files and rows are live, and decide visibility; Java reads and writes the
 * files and publishes Iceberg metadata from what was committed. {@link tamarack.iceberg.IcebergTables} holds every call
 * from C, with its messages. A table's life, seen from C:
 *
 * <ol>
 *   <li>CREATE TABLE: {@code checkOption} for each option, {@code mapColumn} for each column, {@code checkTable}.
 *   <li>INSERT: {@code openWriter}, then {@code writerBatch} filled and {@code write} again and again,
 *       {@code finishWriter} for the rows of the table of data files, {@code closeWriter}.
 *   <li>SELECT: {@code pruneFiles} while planning, {@code openScan}, {@code nextBatch} until it gives 0,
 *       {@code scanCounters}, {@code closeScan}. Index scans: {@code openScan} with the projected columns, then
 *       {@code fetchRow} and {@code fetchedBatch} for each row.
 *   <li>After commits: {@code publish}; its answer's created files are made durable and logged, then the pointer moves,
 *       then the obsolete ones may go.
 *   <li>Abort: {@code closeAll}.
 * </ol>
 *
 * <p>Limits in C's care: values inside arrays and rows must be neither compressed nor external; text must come in UTF-8
 * (in a database of another encoding C converts, in SQL_ASCII it hands over {@code BINARY_FORM}); interrupts are looked
 * at between two calls.
 */
package tamarack.iceberg;
