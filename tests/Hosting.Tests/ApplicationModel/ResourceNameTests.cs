using Aspire.Hosting;
using Slipway.Hosting.Tests.Fixtures;

namespace Slipway.Hosting.Tests.ApplicationModel;

public class ResourceNameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("registry-2")]
    [InlineData("Registry")]
    public void AddExecutable_ValidName_IsTaken(string name) =>
        Assert.Equal(name, Models.Builder().AddExecutable(name, "true", ".").Resource.Name);

    [Theory]
    [InlineData("1st", "must start with an ASCII letter")]
    [InlineData("a_b", "must contain only ASCII letters, digits, and hyphens")]
    [InlineData("a--b", "cannot contain consecutive hyphens")]
    [InlineData("a-", "cannot end with a hyphen")]
    [InlineData("a23456789a123456789a123456789a123456789a123456789a123456789a12345", "between 1 and 64")]
    public void AddExecutable_InvalidName_SaysWhy(string name, string reason)
    {
        var error = Assert.Throws<ArgumentException>(() => Models.Builder().AddExecutable(name, "true", "."));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddResource_NameTakenInOtherCase_Throws()
    {
        var builder = Models.Builder();
        builder.AddExecutable("one", "true", ".");
        var error = Assert.Throws<DistributedApplicationException>(() => builder.AddPostgres("ONE"));
        Assert.Contains("'ONE'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithEndpoint_InvalidName_Throws() =>
        Assert.Throws<ArgumentException>(() => Models.Builder().AddExecutable("one", "true", ".").WithHttpEndpoint(name: "a b"));
}
