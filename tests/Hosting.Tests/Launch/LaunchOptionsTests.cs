using Aspire.Hosting;
using Aspire.Hosting.Launch;

namespace Slipway.Hosting.Tests.Launch;

public class LaunchOptionsTests
{
    [Fact]
    public void Parse_Nothing_RunsInTheUsersFolder()
    {
        var options = LaunchOptions.Parse([]);
        Assert.Null(options.Error);
        Assert.Equal(DistributedApplicationOperation.Run, options.Operation);
        Assert.Equal(LaunchMode.Auto, options.Mode);
        Assert.Equal("slipway", Path.GetFileName(options.DataPath));
    }

    [Fact]
    public void Parse_Flags_DoNotSwallowTheNextOption()
    {
        var options = LaunchOptions.Parse([
            "--fresh",
            "--mode",
            "embedded",
            "--data=x",
            "--ports",
            "dynamic",
            "--Ports:registry",
            "1",
            "--A:b=c=d",
        ]);
        Assert.Null(options.Error);
        Assert.True(options is { Fresh: true, DynamicPorts: true, Mode: LaunchMode.Embedded });
        Assert.Equal(Path.GetFullPath("x"), options.DataPath);
        Assert.Equal(["--Ports:registry=1", "--A:b=c=d"], options.Settings);
    }

    [Fact]
    public void Parse_AspiresPublishArguments_AreTaken()
    {
        var options = LaunchOptions.Parse(["--operation", "publish", "--step", "publish", "--output-path", "out", "--log-level", "debug"]);
        Assert.Null(options.Error);
        Assert.Equal((DistributedApplicationOperation.Publish, "publish"), (options.Operation, options.Step));
        Assert.Equal(Path.GetFullPath("out"), options.OutputPath);
    }

    [Fact]
    public void Parse_FlagSwitchedOff_IsOff() => Assert.False(LaunchOptions.Parse(["--fresh=false"]).Fresh);

    [Fact]
    public void Parse_DataWithSlash_IsTheSameFolder() =>
        Assert.Equal(LaunchOptions.Parse(["--data", "x"]).DataPath, LaunchOptions.Parse(["--data", "x/"]).DataPath);

    [Theory]
    [InlineData("--mode", "both", "'both'")]
    [InlineData("--ports", "all", "'all'")]
    [InlineData("--operation", "sing", "'sing'")]
    [InlineData("--data", "", "--data needs a path")]
    [InlineData("--data", "--fresh", "--data needs a path")]
    [InlineData("--output-path", "", "--output-path needs a path")]
    [InlineData("--fresh=maybe", "", "--fresh is 'true' or 'false'")]
    [InlineData("--frsh", "", "Unknown option '--frsh'")]
    [InlineData("--services-only", "--verbose", "--env-file")]
    public void Parse_Mistake_IsNamed(string option, string value, string expected)
    {
        var error = LaunchOptions.Parse([option, value]).Error;
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }
}
