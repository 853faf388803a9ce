using Npgsql;
using Slipway.Registry.Benchmarks.Limits;
using Slipway.Registry.Benchmarks.Measuring;
using Slipway.Registry.Benchmarks.Rows;

namespace Slipway.Registry.Benchmarks;

/// <summary>Starts the registry, measures each row beside its limit, and writes the table.</summary>
internal sealed class RegistryBenchmark(BenchmarkOptions options, TextWriter log)
{
    private const int Clients = 4;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(3);

    public async Task RunAsync(CancellationToken ct)
    {
        await using var database = await BenchmarkDatabase.CreateAsync(options.Postgres, ct);
        using var folder = new ScratchFolder();
        await using var registry = await StartRegistryAsync(database, folder.Path, [], ct);
        await using var empty = await ServerProcess.StartAsync(
            "Registry.Benchmarks.dll",
            AppContext.BaseDirectory,
            "",
            url => ["--serve-empty", url],
            ct
        );
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        using var api = new RegistryClient(registry.Address);
        using var nothing = new RegistryClient(empty.Address);
        var points = new RawInsert(source);
        await points.PrepareAsync(ct);
        var logging = await LoggingRows.CreateAsync(api, Clients, ct);
        var rows = new List<ReportRow>();
        // What is compiled while it runs, and often only then well, is measured when it is.
        await Load.MeasureAsync(Clients, s_warmUp, (client, i) => logging.LogMetricAsync(client, i, ct));

        await AddAsync(rows, "empty endpoint, 4 clients", null, () => MeasureAsync((client, _) => nothing.GetAsync("", ct)), null);
        await AddAsync(
            rows,
            "log-metric, 4 clients",
            ReferenceFigures.LogMetric,
            () => MeasureAsync((client, i) => logging.LogMetricAsync(client, i, ct)),
            () => MeasureAsync((client, i) => points.InsertAsync(client, i, 1, ct))
        );
        foreach (var (size, figure) in new[] { (100, ReferenceFigures.LogBatch100), (1000, ReferenceFigures.LogBatch1000) })
        {
            await AddAsync(
                rows,
                $"log-batch of {size}, 4 clients",
                figure,
                () => MeasureAsync((client, i) => logging.LogBatchAsync(client, i, size, ct)),
                () => MeasureAsync((client, i) => points.InsertAsync(client, i, size, ct))
            );
        }
        await AddAsync(
            rows,
            "log-metric, 4 clients, all to one run",
            ReferenceFigures.LogMetric,
            () => MeasureAsync((_, i) => logging.LogMetricAsync(0, i, ct)),
            () => MeasureAsync((client, i) => points.InsertAsync(client, i, 1, ct))
        );
        if (IsAsked("alias"))
        {
            await AddAliasRowsAsync(rows, database, api, nothing, ct);
        }
        await AddAsync(
            rows,
            "artifact PUT of 10 MiB, 1 client",
            ReferenceFigures.ArtifactPut,
            () => MeasureAsync((_, i) => ArtifactRow.PutAsync(api, i, ct), clients: 1),
            () => MeasureAsync((_, i) => RawWrite.WriteAsync(folder.Path, i, ct), clients: 1)
        );
        if (IsAsked("search"))
        {
            await log.WriteLineAsync($"filling {options.Runs} runs…");
            await SearchRows.FillAsync(source, options.Runs, ct);
        }
        foreach (var (name, search) in SearchRows.All)
        {
            await AddAsync(
                rows,
                $"search of 300 among {options.Runs:N0} runs, {name}, 1 client",
                ReferenceFigures.Search300,
                () => MeasureAsync((_, _) => api.PostAsync("runs/search", search, ct), clients: 1),
                () => MeasureAsync((_, _) => SearchRows.ReadRawAsync(source, ct), clients: 1)
            );
        }
        await ReportWriter.WriteAsync(options.OutputPath, rows, await MachineFacts.ReadAsync(source, folder.Path, ct), ct);
    }

    private static Task<ServerProcess> StartRegistryAsync(
        BenchmarkDatabase database,
        string folder,
        string[] settings,
        CancellationToken ct
    ) =>
        ServerProcess.StartAsync(
            "Registry.Api.dll",
            ServerProcess.RegistryFolder,
            "health/ready",
            url =>
                [
                    "--data",
                    folder,
                    "--urls",
                    url,
                    $"--ConnectionStrings:registrydb={database.ConnectionString}",
                    "--Logging:LogLevel:Default=Warning",
                    .. settings,
                ],
            ct
        );

    /// <summary>As everybody who loads a model asks: alone and in a rush, with access off and, of another process on the same database, on.</summary>
    private async Task AddAliasRowsAsync(
        List<ReportRow> rows,
        BenchmarkDatabase database,
        RegistryClient api,
        RegistryClient nothing,
        CancellationToken ct
    )
    {
        await AliasRow.PrepareAsync(api, ct);
        var token = Guid.NewGuid().ToString("N");
        using var folder = new ScratchFolder();
        await using var guarded = await StartRegistryAsync(
            database,
            folder.Path,
            ["--Registry:Access:Mode=On", $"--Registry:Access:Services:bench:Token={token}", $"--Registry:Access:AdminPassword={token}"],
            ct
        );
        using var bearer = new RegistryClient(guarded.Address, token);
        foreach (var (access, client) in new[] { ("", api), (" with a token", bearer) })
        {
            foreach (var clients in new[] { 1, 8 })
            {
                await AddAsync(
                    rows,
                    $"alias get{access}, {clients} {(clients == 1 ? "client" : "clients")}",
                    ReferenceFigures.AliasGet,
                    () => MeasureAsync((_, _) => AliasRow.GetAsync(client, ct), clients),
                    () => MeasureAsync((_, _) => nothing.GetAsync("", ct), clients)
                );
            }
        }
    }

    private bool IsAsked(string name) => name.Contains(options.Only, StringComparison.OrdinalIgnoreCase);

    private Task<Measurement> MeasureAsync(Func<int, int, Task> call, int clients = Clients) =>
        Load.MeasureAsync(clients, options.Round, call);

    private async Task AddAsync(
        List<ReportRow> rows,
        string name,
        string? figure,
        Func<Task<Measurement>> measure,
        Func<Task<Measurement>>? limit
    )
    {
        if (!IsAsked(name))
        {
            return;
        }
        // Round by round, one beside the other: what else the machine does meets both alike.
        var (own, most) = (new List<Measurement>(), new List<Measurement>());
        for (var round = 0; round < 3; round++)
        {
            own.Add(await measure());
            if (limit is not null)
            {
                most.Add(await limit());
            }
        }
        var row = new ReportRow(name, Measurement.Median(own), most.Count > 0 ? Measurement.Median(most) : null, figure);
        rows.Add(row);
        await log.WriteLineAsync(
            $"{name}: {row.Own.PerSecond:F0}/s p50 {row.Own.P50Milliseconds:F2} ms p99 {row.Own.P99Milliseconds:F2} ms; limit {row.Limit?.PerSecond:F0}/s p50 {row.Limit?.P50Milliseconds:F2} ms"
        );
    }
}
