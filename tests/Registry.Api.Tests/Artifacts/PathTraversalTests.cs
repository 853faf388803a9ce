using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Artifacts;

/// <summary>
/// Every way in which an artifact can be named, with every form of a path that leads elsewhere: refused as the client's mistake, and a file outside of the data
/// folder is neither read nor written nor deleted. Sent over bare sockets, since HTTP libraries tidy paths up.
/// </summary>
public sealed class PathTraversalTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private const string Secret = "canary-7f3a";
    private static readonly string[] s_ups =
    [
        "../",
        "%2e%2e/",
        "%2E%2e%2F",
        "%252e%252e%252f",
        "%25252e%25252e/",
        "..%2f",
        "..%5c",
        "..\\",
        ".%2e/",
        "..;/",
        "x/../../",
    ];
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task EveryInput_PathThatLeadsElsewhere_Is4xxAndTouchesNothing()
    {
        using var outside = new TempFolder();
        var canary = outside.Combine("canary.txt");
        await File.WriteAllTextAsync(canary, Secret);
        var before = Listing(outside.Path);
        var run = (await _host.Mlflow.CreateRunAsync("0", "traversal")).Info.RunId;
        await _host.RegisterAsync("traversal", Files.Good);
        var checkedCount = 0;

        foreach (var path in HostilePaths(canary))
        {
            foreach (var (what, send) in Inputs(run))
            {
                var (status, body) = await send(path);
                checkedCount++;
                // A source that is no path of this store is kept as a text and never followed.
                var isKept = what == "version source" && status == 200;
                Assert.True(isKept || status is >= 400 and < 500, $"{what} of {path} was answered with {status}: {body}");
                Assert.DoesNotContain(Secret, body, StringComparison.Ordinal);
                Assert.DoesNotContain(_host.DataPath, body, StringComparison.Ordinal);
                Assert.DoesNotContain("SELECT", body, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain("   at ", body, StringComparison.Ordinal);
            }
        }

        Assert.Equal(1, await _host.CountAsync("SELECT count(*) FROM model_version_files"));
        Assert.Equal(before, Listing(outside.Path));
        Assert.Equal(Secret, await File.ReadAllTextAsync(canary));
        Assert.True(checkedCount > 300, $"Only {checkedCount} requests were made.");
    }

    private static IEnumerable<string> HostilePaths(string canary)
    {
        var rooted = canary.TrimStart('/');
        foreach (var up in s_ups)
        {
            yield return string.Concat(Enumerable.Repeat(up, 12)) + rooted;
        }
        yield return "/" + rooted;
        yield return "//" + rooted;
        yield return "%2f" + rooted;
        yield return "a%00/../" + rooted;
        yield return "a%00b";
        yield return "a%23/../../" + rooted;
        yield return "a%3fx=../../" + rooted;
        yield return "C:%5c" + rooted;
        yield return "C:/" + rooted;
        yield return "file:%2f%2f/" + rooted;
        yield return "file:///" + rooted;
        yield return "a/" + new string('b', 300);
        yield return string.Concat(Enumerable.Repeat("a/", 1000)) + "b";
        yield return "%ff%fe" + rooted;
    }

    private IEnumerable<(string What, Func<string, Task<(int Status, string Body)>> Send)> Inputs(string run)
    {
        const string proxy = "/api/2.0/mlflow-artifacts";
        foreach (var method in new[] { "GET", "HEAD", "PUT", "DELETE" })
        {
            yield return (method, path => RawAsync($"{method} {proxy}/artifacts/{path}"));
        }
        yield return ("list", path => RawAsync($"GET {proxy}/artifacts?path={path}"));
        yield return ("presigned", path => RawAsync($"GET {proxy}/presigned/{path}"));
        yield return ("signed", path => RawAsync($"PUT {proxy}/signed/{path}?expires=99999999999&signature=x"));
        yield return ("run list", path => RawAsync($"GET /api/2.0/mlflow/artifacts/list?run_id={run}&path={path}"));
        yield return ("get-artifact", path => RawAsync($"GET /get-artifact?run_id={run}&path={path}"));
        yield return ("version get-artifact", path => RawAsync($"GET /model-versions/get-artifact?name=traversal&version=1&path={path}"));
        yield return (
            "upload-artifact",
            path => RawAsync($"POST /ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={path}", "content")
        );
        yield return ("mpu folder", path => RawAsync($"POST {proxy}/mpu/create/{path}", """{"path":"f","num_parts":1}"""));
        yield return (
            "presigned-upload-url",
            path => PostAsync("artifacts/presigned-upload-url", new JsonObject { ["run_id"] = run, ["path"] = path })
        );
        yield return (
            "version source",
            path =>
                PostAsync("model-versions/create", new JsonObject { ["name"] = "traversal", ["source"] = $"mlflow-artifacts:/0/{path}" })
        );
        yield return (
            "experiment artifact_location",
            path =>
                PostAsync(
                    "experiments/create",
                    new JsonObject { ["name"] = Guid.NewGuid().ToString("N"), ["artifact_location"] = $"mlflow-artifacts:/0/{path}" }
                )
        );
        yield return (
            "version run source",
            path => PostAsync("model-versions/create", new JsonObject { ["name"] = "traversal", ["source"] = $"runs:/{run}/{path}" })
        );
    }

    private async Task<(int Status, string Body)> PostAsync(string route, JsonObject json)
    {
        var (status, body) = await _host.PostAsync(route, json.ToJsonString());
        return (status, body.ToJsonString());
    }

    private async Task<(int Status, string Body)> RawAsync(string line, string? body = null)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_host.Http.BaseAddress!.Host, _host.Http.BaseAddress.Port);
        var stream = client.GetStream();
        var text =
            $"{line} HTTP/1.1\r\nHost: {_host.Http.BaseAddress.Authority}\r\nContent-Type: application/json\r\nConnection: close\r\n";
        await stream.WriteAsync(Encoding.Latin1.GetBytes($"{text}Content-Length: {body?.Length ?? 0}\r\n\r\n{body}"));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync();
        return (int.Parse(answer.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), answer);
    }

    private static string[] Listing(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
