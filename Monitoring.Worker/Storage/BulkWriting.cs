using Npgsql;
using NpgsqlTypes;

namespace Slipway.Monitoring.Worker.Storage;

/// <summary>Writes values that may be null into a binary COPY.</summary>
internal static class BulkWriting
{
    public static Task WriteNullableAsync(this NpgsqlBinaryImporter copy, double? value, NpgsqlDbType type, CancellationToken ct) =>
        value is { } number ? copy.WriteAsync(number, type, ct) : copy.WriteNullAsync(ct);

    public static Task WriteNullableAsync<T>(this NpgsqlBinaryImporter copy, T? value, NpgsqlDbType type, CancellationToken ct)
        where T : class => value is null ? copy.WriteNullAsync(ct) : copy.WriteAsync(value, type, ct);
}
