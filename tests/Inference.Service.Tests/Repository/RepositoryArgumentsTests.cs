using Slipway.Inference.Service.Repository;

namespace Slipway.Inference.Service.Tests.Repository;

public class RepositoryArgumentsTests
{
    [Fact]
    public void Parse_TritonsSwitches_BecomeSettings()
    {
        var (settings, rest) = RepositoryArguments.Parse([
            "--model-repository=/a",
            "--model-repository",
            "/b",
            "--model-control-mode=explicit",
            "--load-model=x",
            "--load-model=y",
            "--repository-poll-secs=2",
            "--http-port",
            "8100",
            "--metrics-port=8102",
            "--grpc-port=8101",
            "--allow-client-shm=true",
            "--Inference:MaxRequestBytes=4096",
        ]);

        Assert.Equal("/a", settings["Inference:Repository:Paths:0"]);
        Assert.Equal("/b", settings["Inference:Repository:Paths:1"]);
        Assert.Equal("explicit", settings["Inference:Repository:ControlMode"]);
        Assert.Equal("y", settings["Inference:Repository:LoadModels:1"]);
        Assert.Equal("00:00:02", settings["Inference:Repository:PollInterval"]);
        Assert.Equal("http://localhost:8100;http://localhost:8101;http://localhost:8102", settings["urls"]);
        Assert.Equal("8101", settings["Inference:Grpc:Port"]);
        Assert.Equal("True", settings["Inference:SharedMemory:Enabled"]);
        Assert.Equal(["--Inference:MaxRequestBytes=4096"], rest);
    }

    [Fact]
    public void Parse_OnePort_LeavesTheOthersWhereClientsLook() =>
        Assert.Equal(
            "http://0.0.0.0:9000;http://0.0.0.0:8001;http://0.0.0.0:8002",
            RepositoryArguments.Parse(["--http-port=9000", "--http-address=0.0.0.0"]).Settings["urls"]
        );

    [Fact]
    public void Parse_NoSwitch_SetsNothing() => Assert.Empty(RepositoryArguments.Parse(["--urls=http://localhost:1"]).Settings);

    [Theory]
    [InlineData("--model-control-mode=maybe", "--model-control-mode is none, explicit or poll, not 'maybe'")]
    [InlineData("--http-port=http", "--http-port needs a number from 0 to 65535, not 'http'")]
    [InlineData("--http-port=70000", "--http-port needs a number from 0 to 65535, not '70000'")]
    [InlineData("--strict-model-config=perhaps", "--strict-model-config is true or false, not 'perhaps'")]
    [InlineData("--allow-client-shm=yes", "--allow-client-shm is true or false, not 'yes'")]
    [InlineData("--model-repository", "--model-repository needs a value")]
    public void Parse_WrongValue_SaysWhichSwitch(string arg, string expected) =>
        Assert.Equal(expected, Assert.Throws<FormatException>(() => RepositoryArguments.Parse([arg])).Message);
}
