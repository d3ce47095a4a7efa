# Medians of the samples, and what they mean beside the limits.
# Input: the rows (name|title|unit|compared|relation|limit), then the samples (name, side, value).
# Output: name, title, unit, median of heap, median of ours, compared, result, relation, limit, verdict, samples of heap,
# samples of ours; tabs between, samples with commas.

function median(list, values, n, i, j, t) {
  n = split(list, values, ",")
  for (i = 2; i <= n; i++) {
    t = values[i] + 0
    for (j = i - 1; j > 0 && values[j] + 0 > t; j--) values[j + 1] = values[j]
    values[j + 1] = t
  }
  return n % 2 ? values[(n + 1) / 2] + 0 : (values[n / 2] + values[n / 2 + 1]) / 2
}

function result_of(compared, heap, ours) {
  if (compared == "ratio") return heap == 0 ? "" : ours / heap
  return compared == "beyond" ? ours - heap : ours
}

function verdict_of(result, relation, limit) {
  if (limit == "") return "none"
  if (relation == "at least") return result >= limit + 0 ? "holds" : "fails"
  return result <= limit + 0 ? "holds" : "fails"
}

BEGIN { OFS = "\t" }

NR == FNR {
  split($0, field, "|")
  name[++rows] = field[1]
  for (i = 2; i <= 6; i++) row[rows, i] = field[i]
  next
}

{
  split($0, sample, "\t")
  key = sample[1] SUBSEP (sample[2] == "heap" ? "heap" : "ours")
  samples[key] = samples[key] (key in samples && samples[key] != "" ? "," : "") sample[3]
}

END {
  for (r = 1; r <= rows; r++) {
    heap = samples[name[r], "heap"]
    ours = samples[name[r], "ours"]
    if (heap == "" || ours == "") continue
    result = result_of(row[r, 4], median(heap), median(ours))
    print name[r], row[r, 2], row[r, 3], median(heap), median(ours), row[r, 4], result, row[r, 5], row[r, 6],
      verdict_of(result, row[r, 5], row[r, 6]), heap, ours
  }
}
