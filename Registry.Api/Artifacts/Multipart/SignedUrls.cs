using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Npgsql;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Artifacts.Multipart;

/// <summary>
/// Addresses of this server that let whoever has them upload one thing until a time: they carry a signature instead of credentials, since MLflow's client sends
/// none there. The key is in the database, so that every replica knows what another has signed.
/// </summary>
internal sealed class SignedUrls(NpgsqlDataSource source, IOptions<ArtifactOptions> options, TimeProvider time)
{
    public const long DefaultSeconds = 3600;
    public const long MaxSeconds = 7 * 24 * 3600;
    private const int KeyBytes = 32;
    private byte[]? _key;

    /// <summary>Where a part of an upload may be PUT.</summary>
    public async Task<string> ForPartAsync(HttpContext http, Guid upload, int part, DateTimeOffset expires, CancellationToken ct) =>
        await SignAsync(http, $"mpu/parts/{upload:N}/{part.ToString(CultureInfo.InvariantCulture)}", expires, ct);

    /// <summary>Where a file may be PUT.</summary>
    public async Task<string> ForFileAsync(HttpContext http, ArtifactPath path, TimeSpan lifetime, CancellationToken ct)
    {
        var escaped = string.Join('/', path.Value.Split('/').Select(Uri.EscapeDataString));
        return await SignAsync(http, $"signed/{escaped}", time.GetUtcNow() + lifetime, ct);
    }

    /// <summary>Refuses a request whose address was not signed for it, or no longer counts.</summary>
    public async Task CheckAsync(HttpContext http, string resource, CancellationToken ct)
    {
        var query = http.Request.Query;
        var signature = Encoding.ASCII.GetBytes(query["signature"].ToString());
        var right =
            long.TryParse(query["expires"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(await KeyAsync(ct), resource, expires)), signature);
        if (!right)
        {
            throw Forbidden("The signature of this address is missing or wrong.");
        }
        if (time.GetUtcNow().ToUnixTimeSeconds() > expires)
        {
            throw Forbidden("This address has expired: ask for a new one.");
        }
    }

    private async Task<string> SignAsync(HttpContext http, string resource, DateTimeOffset expires, CancellationToken ct)
    {
        var seconds = expires.ToUnixTimeSeconds();
        var signature = Sign(await KeyAsync(ct), Uri.UnescapeDataString(resource), seconds);
        var root = options.Value.PublicUrl is { } url
            ? url.AbsoluteUri.TrimEnd('/')
            : $"{http.Request.Scheme}://{http.Request.Host}{http.Request.PathBase}";
        return $"{root}{MlflowRoutes.ArtifactApi}/{resource}?expires={seconds.ToString(CultureInfo.InvariantCulture)}&signature={signature}";
    }

    private static string Sign(byte[] key, string resource, long expires) =>
        WebEncoders.Base64UrlEncode(
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"PUT\n{resource}\n{expires.ToString(CultureInfo.InvariantCulture)}"))
        );

    private async ValueTask<byte[]> KeyAsync(CancellationToken ct)
    {
        if (Volatile.Read(ref _key) is { } known)
        {
            return known;
        }
        // Whoever comes first decides; everybody reads what was decided.
        await source.ExecuteAsync(
            "INSERT INTO upload_signing_key (key) VALUES ($1) ON CONFLICT DO NOTHING",
            ct,
            RandomNumberGenerator.GetBytes(KeyBytes)
        );
        var key = (await source.QueryAsync("SELECT key FROM upload_signing_key", r => r.GetFieldValue<byte[]>(0), ct))[0];
        Volatile.Write(ref _key, key);
        return key;
    }

    private static MlflowRefusal Forbidden(string message) =>
        new(StatusCodes.Status403Forbidden, MlflowErrorCodes.PermissionDenied, message);
}
