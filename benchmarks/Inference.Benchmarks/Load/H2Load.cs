using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.Inference.Benchmarks.Servers;

namespace Slipway.Inference.Benchmarks.Load;

/// <summary>gRPC load by <c>h2load</c>: unary calls with a fixed message over a few connections with several streams each.</summary>
internal static partial class H2Load
{
    private const string Method = "/inference.GRPCInferenceService/ModelInfer";

    public static async Task<LoadResult> RunAsync(string url, byte[] message, int connections, int streams, double seconds)
    {
        var body = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(body, message);
            var invariant = CultureInfo.InvariantCulture;
            var output = await Children.RunAsync(
                "h2load",
                "-t1",
                "-c" + connections.ToString(invariant),
                "-m" + streams.ToString(invariant),
                "-D" + Math.Max(1, (int)seconds).ToString(invariant),
                "--warm-up-time=1",
                "-d",
                body,
                "-H",
                "content-type: application/grpc",
                "-H",
                "te: trailers",
                url + Method
            );
            return Read(output);
        }
        finally
        {
            File.Delete(body);
        }
    }

    // h2load tells the mean time of a request and no percentiles; a status of 2xx is all that it knows of success.
    private static LoadResult Read(string output)
    {
        var invariant = CultureInfo.InvariantCulture;
        var rate = double.Parse(Rate().Match(output).Groups[1].Value, invariant);
        var failed = Failed().Match(output);
        var errors = long.Parse(failed.Groups[1].Value, invariant) + long.Parse(failed.Groups[2].Value, invariant);
        return new LoadResult(rate, null, null, errors);
    }

    [GeneratedRegex(@"finished in [^,]+, ([\d.]+) req/s")]
    private static partial Regex Rate();

    [GeneratedRegex(@"(\d+) failed, (\d+) errored")]
    private static partial Regex Failed();
}
