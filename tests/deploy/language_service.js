// Reads {queries, tables, calls} from standard input, writes for each query its faults and the columns it gives.
// $ctor16 and ctor are names of the compiled library: they hold for the version in package.json.
const fs = require("fs");
const path = require("path");

const folder = path.join(__dirname, "node_modules", "@kusto", "language-service-next");
require(path.join(folder, "bridge.min.js"));
require(path.join(folder, "Kusto.Language.Bridge.min.js"));
const { KustoCode, GlobalState, Symbols } = Kusto.Language;

const asked = JSON.parse(fs.readFileSync(0, "utf8"));
const symbols = [
  ...Object.entries(asked.tables).map(([name, columns]) => Symbols.TableSymbol.From(columns).WithName(name)),
  ...Object.entries(asked.calls).map(([name, [parameters, body]]) => new Symbols.FunctionSymbol.$ctor16(name, parameters, `{ ${body} }`, null)),
];
const state = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor("workspace", symbols));

const each = (list, take) => Array.from({ length: list.Count }, (_, index) => take(list.getItem(index)));
const told = {};
for (const [name, text] of Object.entries(asked.queries)) {
  const code = KustoCode.ParseAndAnalyze(text, state);
  const result = code.ResultType;
  told[name] = {
    faults: each(code.GetDiagnostics(), (fault) => `${fault.Code}: ${fault.Message} at: ${text.substr(fault.Start, 40)}`),
    columns: Object.fromEntries(result && result.Columns ? each(result.Columns, (column) => [column.Name, column.Type.Name]) : []),
  };
}
process.stdout.write(JSON.stringify(told));
