package tamarack.iceberg.parquet;

/** Writes values of one type, nested ones with all they contain. An address is that of the value itself. */
interface ValueWriter {
  void write(long address, int repetition, int definition);

  void writeNull(int repetition, int definition);
}
