using System.Globalization;
using System.Text;

namespace Slipway.Registry.Benchmarks.Rows;

/// <summary>Logging of points; each client logs to a run of its own, as training processes do.</summary>
internal sealed class LoggingRows
{
    private readonly RegistryClient _api;
    private readonly string[] _runs;

    private LoggingRows(RegistryClient api, string[] runs)
    {
        _api = api;
        _runs = runs;
    }

    public static async Task<LoggingRows> CreateAsync(RegistryClient api, int clients, CancellationToken ct)
    {
        var runs = new List<string>();
        for (var i = 0; i < clients; i++)
        {
            runs.Add(await api.NewRunAsync(ct));
        }
        return new LoggingRows(api, [.. runs]);
    }

    public Task LogMetricAsync(int client, int call, CancellationToken ct) =>
        _api.PostAsync(
            "runs/log-metric",
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"run_id":"{{_runs[client]}}","key":"loss","value":{{1.0 / call}},"timestamp":1700000000000,"step":{{call}}}"""
            ),
            ct
        );

    /// <summary>Ten metrics, all at steps of their own.</summary>
    public Task LogBatchAsync(int client, int call, int size, CancellationToken ct)
    {
        var json = new StringBuilder();
        json.Append(CultureInfo.InvariantCulture, $$"""{"run_id":"{{_runs[client]}}","metrics":[""");
        for (var i = 0; i < size; i++)
        {
            json.Append(
                CultureInfo.InvariantCulture,
                $$"""{{(i == 0 ? "" : ",")}}{"key":"metric_{{i % 10}}","value":{{i / 7.0}},"timestamp":1700000000000,"step":{{((long)call * size) + i}}}"""
            );
        }
        return _api.PostAsync("runs/log-batch", json.Append("]}").ToString(), ct);
    }
}
