using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>
/// Encrypts webhooks' secrets for the database with AES-256-GCM, bound to their webhook. The key is the configured one, or a file of the data folder that only
/// the registry's user can read.
/// </summary>
internal sealed class WebhookSecrets
{
    private const byte Format = 1;
    private const int KeyBytes = 32;
    private static readonly int s_nonceBytes = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int s_tagBytes = AesGcm.TagByteSizes.MaxSize;

    private readonly Lazy<byte[]> _key;

    public WebhookSecrets(IOptions<WebhookOptions> options, string keyPath) =>
        _key = new Lazy<byte[]>(() => options.Value.EncryptionKey is { } key ? Convert.FromBase64String(key) : ReadOrCreate(keyPath));

    public static bool IsKey(string? key) =>
        key is null || Convert.TryFromBase64String(key, new byte[key.Length], out var n) && n == KeyBytes;

    public byte[] Protect(string webhookId, string secret)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        var sealedSecret = new byte[1 + s_nonceBytes + s_tagBytes + plain.Length];
        sealedSecret[0] = Format;
        var nonce = sealedSecret.AsSpan(1, s_nonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key.Value, s_tagBytes);
        aes.Encrypt(
            nonce,
            plain,
            sealedSecret.AsSpan(1 + s_nonceBytes + s_tagBytes),
            sealedSecret.AsSpan(1 + s_nonceBytes, s_tagBytes),
            Encoding.UTF8.GetBytes(webhookId)
        );
        return sealedSecret;
    }

    /// <exception cref="CryptographicException">It was encrypted with another key, for another webhook, or changed.</exception>
    public string Unprotect(string webhookId, byte[] sealedSecret)
    {
        if (sealedSecret.Length < 1 + s_nonceBytes + s_tagBytes || sealedSecret[0] != Format)
        {
            throw new CryptographicException("The secret is not in a format that is known.");
        }
        var plain = new byte[sealedSecret.Length - 1 - s_nonceBytes - s_tagBytes];
        using var aes = new AesGcm(_key.Value, s_tagBytes);
        aes.Decrypt(
            sealedSecret.AsSpan(1, s_nonceBytes),
            sealedSecret.AsSpan(1 + s_nonceBytes + s_tagBytes),
            sealedSecret.AsSpan(1 + s_nonceBytes, s_tagBytes),
            plain,
            Encoding.UTF8.GetBytes(webhookId)
        );
        return Encoding.UTF8.GetString(plain);
    }

    private static byte[] ReadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            var mine = $"{path}.{Guid.NewGuid():N}";
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }
            using (var file = new FileStream(mine, options))
            {
                file.Write(RandomNumberGenerator.GetBytes(KeyBytes));
                file.Flush(flushToDisk: true);
            }
            try
            {
                File.Move(mine, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another process of this machine was first: its key is the one.
                File.Delete(mine);
            }
        }
        var key = File.ReadAllBytes(path);
        return key.Length == KeyBytes
            ? key
            : throw new InvalidOperationException(
                $"{path} does not hold a key of {KeyBytes} bytes. Set {WebhookOptions.Section}:EncryptionKey."
            );
    }
}
