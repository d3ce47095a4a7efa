# The results as text.

function figure(value) {
  if (value >= 1000 || value <= -1000) return sprintf("%.0f", value)
  return sprintf(value >= 100 || value <= -100 ? "%.1f" : "%.2f", value)
}

BEGIN {
  FS = "\t"
  layout = "%-58s %-4s %10s %12s %9s %15s %s\n"
  printf layout, "", "unit", "heap", bench, "result", "limit", ""
}

{
  result = figure($7) ($6 == "beyond" ? " more" : "")
  printf layout, $2, $3, figure($4), figure($5), result, $8 == "" ? "none" : $8 " " $9, $10 == "none" ? "" : $10
  total += $10 != "none"
  holding += $10 == "holds"
}

END { printf "\n%d of %d limits hold\n", holding, total }
