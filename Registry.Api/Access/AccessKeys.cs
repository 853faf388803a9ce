using System.Text.Json;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Access;

/// <summary>Reads the keys of a target's objects out of a request, exactly as the route's handler will read them.</summary>
internal static class AccessKeys
{
    // What our own API takes as JSON is small; uploads are never read here.
    private const int MaxBodyBytes = 4 * 1024 * 1024;

    public static async Task<IReadOnlyList<string>> ReadAsync(HttpContext http, AccessTarget target)
    {
        var keys = new List<string>();
        var isMlflow = MlflowRoutes.Owns(http.Request.Path);
        foreach (var member in target.Members)
        {
            if (http.Request.RouteValues.TryGetValue(member, out var value) && value?.ToString() is { Length: > 0 } text)
            {
                keys.Add(text);
            }
            else if (target.IsInQuery || (!isMlflow && IsRead(http)))
            {
                AddQuery(keys, http, member);
            }
        }
        if (target.IsInQuery || (!isMlflow && (IsRead(http) || keys.Count > 0)) || (isMlflow && IsStream(http)))
        {
            return keys;
        }
        if (isMlflow)
        {
            var request = await MlflowRequest.BindAsync(http);
            keys.AddRange(target.Members.SelectMany(member => Texts(request, member)).Where(key => key.Length > 0).Distinct());
        }
        else
        {
            await AddBodyAsync(keys, http, target);
        }
        return keys;
    }

    /// <summary>The body of our own API's JSON requests, read ahead of the handler; null where it is no JSON object.</summary>
    public static async Task<JsonElement?> ReadBodyAsync(HttpContext http)
    {
        if (http.Features.Get<ReadAhead>() is { } known)
        {
            return known.Body;
        }
        http.Request.EnableBuffering(64 * 1024, MaxBodyBytes);
        JsonElement? body = null;
        try
        {
            using var document = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
            body = document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            // The handler says better what is wrong with it.
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge, e);
        }
        http.Request.Body.Position = 0;
        http.Features.Set(new ReadAhead(body));
        return body;
    }

    /// <summary>Members as the framework reads them: whatever the case, the last of several.</summary>
    public static JsonElement? Find(JsonElement body, string name)
    {
        JsonElement? found = null;
        foreach (var property in body.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                found = property.Value;
            }
        }
        return found;
    }

    /// <summary>Every string under a name, at any depth.</summary>
    public static IEnumerable<string> Strings(JsonElement element, string name) =>
        element.ValueKind switch
        {
            JsonValueKind.Array => element.EnumerateArray().SelectMany(item => Strings(item, name)),
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(property =>
                    property.Value.ValueKind == JsonValueKind.String && property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
                        ? [property.Value.GetString()!]
                        : Strings(property.Value, name)
                ),
            _ => [],
        };

    /// <summary><c>metrics.model_id</c> is that member of every message in a list.</summary>
    private static IEnumerable<string> Texts(MlflowRequest request, string member) =>
        member.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot
            ? request.List(member[..dot]).SelectMany(item => item.Texts(member[(dot + 1)..]))
            : request.Texts(member);

    private static bool IsRead(HttpContext http) =>
        HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || HttpMethods.IsDelete(http.Request.Method);

    // The artifact proxy names its object in the path, and its body is the file.
    private static bool IsStream(HttpContext http) =>
        HttpMethods.IsPut(http.Request.Method) || http.Request.RouteValues.ContainsKey("path");

    private static void AddQuery(List<string> keys, HttpContext http, string member)
    {
        if (http.Request.Query.TryGetValue(member, out var values) && values.ToString() is { Length: > 0 } text)
        {
            keys.Add(text);
        }
    }

    private static async Task AddBodyAsync(List<string> keys, HttpContext http, AccessTarget target)
    {
        if (await ReadBodyAsync(http) is not { } body)
        {
            return;
        }
        foreach (var member in target.Members)
        {
            if (Find(body, member) is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > 0 } text)
            {
                keys.Add(text);
            }
        }
    }

    private sealed record ReadAhead(JsonElement? Body);
}
