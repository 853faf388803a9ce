using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Slipway.Hosting.Tests.Fixtures;
using Slipway.Testing;

namespace Slipway.Hosting.Tests.ApplicationModel;

public class ParameterTests
{
    [Fact]
    public void AddParameter_SecretAndPublished_Throws() =>
        Assert.Throws<ArgumentException>(() => Models.Builder().AddParameter("p", "v", publishValueAsDefault: true, secret: true));

    [Fact]
    public async Task GetValueAsync_Configured_IsRead()
    {
        var parameter = Models.Builder("--Parameters:my-key=one").AddParameter("my-key");
        Assert.Equal("one", await parameter.Resource.GetValueAsync(CancellationToken.None));
    }

    [Fact]
    public async Task GetValueAsync_ConfiguredWithUnderscore_IsRead()
    {
        var parameter = Models.Builder("--Parameters:my_key=one").AddParameter("my-key");
        Assert.Equal("one", await parameter.Resource.GetValueAsync(CancellationToken.None));
    }

    [Fact]
    public async Task GetValueAsync_Missing_NamesTheSetting()
    {
        var parameter = Models.Builder().AddParameter("my-key");
        var error = await Assert.ThrowsAsync<DistributedApplicationException>(async () =>
            await parameter.Resource.GetValueAsync(CancellationToken.None)
        );
        Assert.Contains("Parameters:my-key", error.Message, StringComparison.Ordinal);
        Assert.Contains("Parameters__my_key", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetValueAsync_GeneratedPassword_IsTheSameInTheNextRun()
    {
        using var folder = new TempFolder();
        var first = await TestApp.Builder(folder).AddPostgres("postgres").Resource.PasswordParameter.GetValueAsync(CancellationToken.None);
        var second = await TestApp.Builder(folder).AddPostgres("postgres").Resource.PasswordParameter.GetValueAsync(CancellationToken.None);
        Assert.Equal(22, first!.Length);
        Assert.Equal(first, second);
    }

    [Fact]
    public void GetDefaultValue_WithoutPunctuation_HasNone()
    {
        var value = new GenerateParameterDefault { Special = false, MinLength = 200 }.GetDefaultValue();
        Assert.Equal(200, value.Length);
        Assert.All(value, c => Assert.True(char.IsAsciiLetterOrDigit(c)));
    }
}
