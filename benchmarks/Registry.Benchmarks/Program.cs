using System.CommandLine;
using Slipway.Registry.Benchmarks;
using Slipway.Registry.Benchmarks.Limits;

var postgres = new Option<string>("--postgres")
{
    Description = "Connection string of a PostgreSQL server; databases are created there and dropped at the end.",
};
var output = new Option<string>("--output")
{
    Description = "Where the table is written.",
    DefaultValueFactory = _ => "benchmarks/results/registry.md",
};
var runs = new Option<int>("--runs") { Description = "Runs to search among.", DefaultValueFactory = _ => 100_000 };
var seconds = new Option<double>("--seconds")
{
    Description = "Length of one round; each row has three, and a shorter one before them.",
    DefaultValueFactory = _ => 2,
};
var only = new Option<string>("--only") { Description = "Measure only rows whose name holds this text.", DefaultValueFactory = _ => "" };
var serveLimit = new Option<string>("--serve-empty")
{
    Description = "Serve the empty endpoint at this address (used by the program itself).",
};
var command = new RootCommand("Measures the registry beside what this machine can do at most.")
{
    postgres,
    output,
    runs,
    seconds,
    only,
    serveLimit,
};
command.SetAction(
    async (parsed, ct) =>
    {
        if (parsed.GetValue(serveLimit) is { Length: > 0 } url)
        {
            await EmptyEndpoint.ServeAsync(url, ct);
            return 0;
        }
        if (parsed.GetValue(postgres) is not { Length: > 0 } connection)
        {
            await Console.Error.WriteLineAsync("--postgres is needed.");
            return 2;
        }
        var options = new BenchmarkOptions(
            connection,
            parsed.GetValue(output)!,
            parsed.GetValue(runs),
            TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            parsed.GetValue(only)!
        );
        await new RegistryBenchmark(options, Console.Out).RunAsync(ct);
        return 0;
    }
);
return await command.Parse(args).InvokeAsync();
