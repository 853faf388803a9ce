using Slipway.Inference.Benchmarks.Load;
using Slipway.Inference.Benchmarks.Servers;

namespace Slipway.Inference.Benchmarks.Scenarios;

/// <summary>A server of others, started anew for each measurement so that it takes nothing from the rest.</summary>
internal sealed record Peers(string Name, string Program, IReadOnlyDictionary<string, string> Environment, string[] Arguments)
{
    /// <summary>Those whose scripts and models are in the folder.</summary>
    public static IReadOnlyList<Peers> Find(string? folder)
    {
        if (folder is null)
        {
            return [];
        }

        var peers = new List<Peers>();
        var model = Path.GetFullPath(Path.Combine(folder, "iris_rf.onnx"));
        var script = Path.GetFullPath(Path.Combine(folder, "serve_node.js"));
        var modules = Path.GetFullPath(Path.Combine(folder, "node_modules"));
        if (File.Exists(script) && Directory.Exists(modules))
        {
            var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["NODE_PATH"] = modules };
            peers.Add(new Peers("fastify + onnxruntime-node, cluster of 2", "node", environment, [script, model, "PORT", "2"]));
        }

        var pickled = Path.GetFullPath(Path.Combine(folder, "iris_rf.joblib"));
        if (File.Exists(pickled))
        {
            var environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["MODEL_PATH"] = pickled,
                ["PYTHONPATH"] = Path.GetFullPath(folder),
            };
            peers.Add(
                new Peers(
                    "Flask + gunicorn, 4 workers",
                    File.Exists("/usr/bin/gunicorn") ? "/usr/bin/gunicorn" : "gunicorn",
                    environment,
                    ["-w", "4", "-b", "127.0.0.1:PORT", "serve_flask:app"]
                )
            );
        }

        return peers;
    }

    public async Task<LoadResult> MeasureAsync(byte[] body, int connections, int seconds)
    {
        var port = Children.FreePort();
        var arguments = Array.ConvertAll(Arguments, argument => argument.Replace("PORT", $"{port}", StringComparison.Ordinal));
        var process = Children.Start(Program, Environment, arguments);
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        try
        {
            await Children.ReadyAsync(process, $"http://127.0.0.1:{port}/health");
            await Wrk.RunAsync($"http://127.0.0.1:{port}/predict", body, 4, 1);
            return await Wrk.RunAsync($"http://127.0.0.1:{port}/predict", body, connections, seconds);
        }
        finally
        {
            await Children.EndAsync(process);
        }
    }
}
