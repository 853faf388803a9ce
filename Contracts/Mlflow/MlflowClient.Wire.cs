using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Slipway.Contracts.Http;

namespace Slipway.Contracts.Mlflow;

/// <content>How requests are put together, and pages followed.</content>
public sealed partial class MlflowClient
{
    private Task<T> PostAsync<T>(string route, JsonObject body, CancellationToken ct) => SendAsync<T>(HttpMethod.Post, route, body, ct);

    private Task<T> SendAsync<T>(HttpMethod method, string route, JsonObject body, CancellationToken ct) =>
        ApiHttp.SendAsync(http, method, Api + route, body, MlflowJson.For<JsonObject>(), MlflowJson.For<T>(), ct);

    private Task<T> GetAsync<T>(string route, CancellationToken ct, params (string Name, string? Value)[] query) =>
        ApiHttp.GetAsync(http, Path(route, query), MlflowJson.For<T>(), ct);

    private static string Path(string route, params (string Name, string? Value)[] query)
    {
        var pairs = query.Where(pair => pair.Value is not null).Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value!)}");
        return $"{Api}{route}?{string.Join('&', pairs)}".TrimEnd('?');
    }

    /// <summary>A message; what is null is left out.</summary>
    private static JsonObject Body(params (string Name, JsonNode? Value)[] members) =>
        new(members.Where(member => member.Value is not null).Select(member => KeyValuePair.Create(member.Name, member.Value)));

    private static async IAsyncEnumerable<T> Pages<TPage, T>(
        Func<string?, CancellationToken, Task<TPage>> ask,
        Func<TPage, (IReadOnlyList<T> Items, string? Next)> read,
        [EnumeratorCancellation] CancellationToken ct = default
    )
    {
        string? token = null;
        do
        {
            (var items, token) = read(await ask(token, ct));
            foreach (var item in items)
            {
                yield return item;
            }
        } while (!string.IsNullOrEmpty(token));
    }
}
