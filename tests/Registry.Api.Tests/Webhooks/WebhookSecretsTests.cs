using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Slipway.Registry.Api.Webhooks;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Webhooks;

public sealed class WebhookSecretsTests
{
    [Fact]
    public void Secret_ComesBackOnlyForItsWebhookAndUnderItsKey()
    {
        using var folder = new TempFolder();
        var path = folder.Combine("key");
        var secrets = new WebhookSecrets(Options.Create(new WebhookOptions()), path);
        var hidden = secrets.Protect("one", "ü secret");

        Assert.Equal("ü secret", new WebhookSecrets(Options.Create(new WebhookOptions()), path).Unprotect("one", hidden));
        Assert.NotEqual(hidden, secrets.Protect("one", "ü secret"));
        Assert.ThrowsAny<CryptographicException>(() => secrets.Unprotect("two", hidden));
        var other = new WebhookSecrets(
            Options.Create(new WebhookOptions { EncryptionKey = Convert.ToBase64String(new byte[32]) }),
            folder.Combine("unused")
        );
        Assert.ThrowsAny<CryptographicException>(() => other.Unprotect("one", hidden));
        for (var i = 0; i < hidden.Length; i++)
        {
            var changed = (byte[])hidden.Clone();
            changed[i] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => secrets.Unprotect("one", changed));
        }
        Assert.False(File.Exists(folder.Combine("unused")));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }
}
