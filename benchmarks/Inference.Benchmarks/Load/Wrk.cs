using System.Globalization;
using System.Text;
using Slipway.Inference.Benchmarks.Servers;

namespace Slipway.Inference.Benchmarks.Load;

/// <summary>HTTP load by <c>wrk</c> on one thread: a fixed request, sent again as soon as its answer is there.</summary>
internal static class Wrk
{
    public static async Task<LoadResult> RunAsync(
        string url,
        byte[] body,
        int connections,
        double seconds,
        params (string Name, string Value)[] headers
    )
    {
        var script = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(script, Script(body, headers));
            var duration = string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (int)seconds)}s");
            var output = await Children.RunAsync("wrk", "-t1", $"-c{connections}", $"-d{duration}", "--timeout", "10s", "-s", script, url);
            return Read(output);
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static LoadResult Read(string output)
    {
        var numbers = output[(output.IndexOf("RESULT ", StringComparison.Ordinal) + 7)..]
            .Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .Take(4)
            .Select(text => double.Parse(text, CultureInfo.InvariantCulture))
            .ToArray();
        return new LoadResult(numbers[0], numbers[1], numbers[2], (long)numbers[3]);
    }

    private static string Script(byte[] body, (string Name, string Value)[] headers)
    {
        var text = new StringBuilder("wrk.method = 'POST'\n");
        text.Append("wrk.headers['Content-Type'] = 'application/json'\n");
        foreach (var (name, value) in headers)
        {
            text.Append(CultureInfo.InvariantCulture, $"wrk.headers['{name}'] = '{value}'\n");
        }

        text.Append("wrk.body = \"");
        foreach (var value in body)
        {
            text.Append(CultureInfo.InvariantCulture, $"\\{value:000}");
        }

        text.Append("\"\n");
        text.Append(
            """
            done = function(summary, latency, requests)
              local e = summary.errors
              io.write(string.format('RESULT %.1f %.1f %.1f %d\n', summary.requests / (summary.duration / 1e6),
                latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
            end
            """
        );
        return text.ToString();
    }
}
