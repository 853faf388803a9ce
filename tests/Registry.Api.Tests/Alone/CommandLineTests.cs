using Slipway.Registry.Api.Alone;

namespace Slipway.Registry.Api.Tests.Alone;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData(new[] { "--data", "d", "--urls", "http://127.0.0.1:1" }, "d", false, new[] { "--urls", "http://127.0.0.1:1" })]
    [InlineData(new[] { "--data=d", "--throwaway" }, "d", true, new string[0])]
    [InlineData(new[] { "--throwaway", "--urls=x" }, null, true, new[] { "--urls=x" })]
    [InlineData(new[] { "--throwaway=false" }, null, false, new string[0])]
    [InlineData(new[] { "--Registry:Vetting:EnginePath=x=y" }, null, false, new[] { "--Registry:Vetting:EnginePath=x=y" })]
    public void Parse_Options_AreTakenAndTheRestLeft(string[] args, string? data, bool throwaway, string[] settings)
    {
        var line = CommandLine.Parse(args);

        Assert.Null(line.Problem);
        Assert.Equal((data, throwaway, data is not null || throwaway), (line.DataPath, line.Throwaway, line.IsAlone));
        Assert.Equal(settings, line.Settings);
    }

    [Theory]
    [InlineData("--data", "--data needs a folder.")]
    [InlineData("--data --throwaway", "--data needs a folder.")]
    [InlineData("--throwaway=maybe", "--throwaway is 'true' or 'false', not 'maybe'.")]
    public void Parse_Mistake_IsNamed(string args, string problem) => Assert.Equal(problem, CommandLine.Parse(args.Split(' ')).Problem);
}
