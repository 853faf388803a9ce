using System.Data.Common;
using System.Text;
using System.Text.Json;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Search;

/// <summary>
/// Pages that begin after a row rather than after a number of rows: what is created or deleted meanwhile shows no row twice and hides none. The token holds the
/// row's sort keys; a token with an offset, as MLflow's own server makes, is understood too.
/// </summary>
internal static class Keyset
{
    private const string Invalid = "Invalid page token, could not be decoded or does not belong to this order.";

    /// <summary>The condition for rows after the token's, and what to skip.</summary>
    public static (string Sql, long Offset) After(string? token, SearchSort sort, SearchCompiler compiler)
    {
        if (string.IsNullOrEmpty(token))
        {
            return ("true", 0);
        }
        var root = PageToken.Decode(token);
        return LenientJson.Find(root, "after") is { } after
            ? (AfterSql(Values(after, sort.Keys), sort.Keys, compiler), 0)
            : ("true", PageToken.Offset(root));
    }

    /// <summary>The first key's value in a token, or null where there is none: no token, or a row without it.</summary>
    public static bool StartsWithNumber(string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return true;
        }
        var root = PageToken.Decode(token);
        return LenientJson.Find(root, "after") is { } after
            && after.ValueKind == JsonValueKind.Array
            && after.GetArrayLength() > 0
            && after[0].ValueKind == JsonValueKind.Number;
    }

    /// <summary>Reads a row's keys, which stand in the columns from <paramref name="first"/> on.</summary>
    public static object?[] Read(DbDataReader row, int first, SearchSort sort)
    {
        var values = new object?[sort.Keys.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = row.IsDBNull(first + i) ? null : row.GetValue(first + i);
        }
        return values;
    }

    /// <summary>The token of the page after a row.</summary>
    public static string Token(object?[] values)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("after");
            foreach (var value in values)
            {
                Write(writer, value);
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return Convert.ToBase64String(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case double real when double.IsFinite(real):
                writer.WriteNumberValue(real);
                break;
            case double real:
                writer.WriteStringValue(real.ToString(System.Globalization.CultureInfo.InvariantCulture));
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            default:
                writer.WriteNumberValue(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
        }
    }

    private static List<object?> Values(JsonElement after, IReadOnlyList<SortKey> keys)
    {
        if (after.ValueKind != JsonValueKind.Array || after.GetArrayLength() != keys.Count)
        {
            throw MlflowRefusal.Invalid(Invalid);
        }
        return [.. after.EnumerateArray().Select((value, i) => ValueOf(value, keys[i]))];
    }

    private static object? ValueOf(JsonElement value, SortKey key)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Null when key.IsNullable:
                return null;
            case JsonValueKind.Number when key.Kind == SortKind.Integer && value.TryGetInt64(out var integer):
                return integer;
            case JsonValueKind.Number when key.Kind == SortKind.Real:
                return value.GetDouble();
            case JsonValueKind.String when key.Kind == SortKind.Text && TextOf(value) is { } text:
                return text;
            case JsonValueKind.String when key.Kind == SortKind.Real && value.ValueEquals("NaN"u8):
                return double.NaN;
            case JsonValueKind.String when key.Kind == SortKind.Real && value.ValueEquals("-Infinity"u8):
                return double.NegativeInfinity;
            default:
                throw MlflowRefusal.Invalid(Invalid);
        }
    }

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString() is { } text && !text.Contains('\0', StringComparison.Ordinal) ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>(k1 after v1) OR (k1 = v1 AND ((k2 after v2) OR …)), where missing values come last.</summary>
    private static string AfterSql(List<object?> values, IReadOnlyList<SortKey> keys, SearchCompiler compiler)
    {
        var sql = new StringBuilder();
        if (keys[0] is { IsNullable: false } first && values[0] is not null)
        {
            // What follows says the same; this lets an index begin at the row.
            sql.Append($"{first.Sql} {(first.Ascending ? ">=" : "<=")} {compiler.Add(values[0])} AND ");
        }
        for (var i = 0; i < keys.Count; i++)
        {
            var (key, last) = (keys[i], i == keys.Count - 1);
            if (values[i] is null)
            {
                sql.Append(last ? "false" : $"({key.Sql} IS NULL AND (");
                continue;
            }
            var parameter = compiler.Add(values[i]);
            var beyond = $"{key.Sql} {(key.Ascending ? '>' : '<')} {parameter}{(key.IsNullable ? $" OR {key.Sql} IS NULL" : "")}";
            sql.Append(last ? $"({beyond})" : $"(({beyond}) OR ({key.Sql} = {parameter} AND (");
        }
        for (var i = keys.Count - 2; i >= 0; i--)
        {
            sql.Append(values[i] is null ? "))" : ")))");
        }
        return sql.ToString();
    }
}
