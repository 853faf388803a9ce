using Slipway.Inference.Service.Containers;

namespace Slipway.Inference.Service.Tests.Containers;

public class ContainerEnvironmentTests
{
    [Fact]
    public void Read_Vertex_TakesPortAndRoutes()
    {
        var settings = Read(
            [],
            ("AIP_HTTP_PORT", "8090"),
            ("AIP_HEALTH_ROUTE", "/h"),
            ("AIP_PREDICT_ROUTE", "/p"),
            ("AIP_STORAGE_URI", "gs://b/m")
        );

        Assert.Equal("http://0.0.0.0:8090", settings["urls"]);
        Assert.Equal("/h", settings["Inference:Container:HealthRoute"]);
        Assert.Equal("/p", settings["Inference:Container:PredictRoute"]);
        Assert.Equal(3, settings.Count);
    }

    [Fact]
    public void Read_SageMaker_ServesItsFolderOn8080()
    {
        var settings = Read(["serve"]);

        Assert.Equal("http://0.0.0.0:8080", settings["urls"]);
        Assert.Equal("/opt/ml/model", settings["Inference:Repository:Paths:0"]);
    }

    [Fact]
    public void Read_SageMakerOfManyModels_LoadsWhatThePlatformAsksFor()
    {
        var settings = Read(["serve"], ("SAGEMAKER_MULTI_MODEL", "true"));

        Assert.Equal("/opt/ml/models", settings["Inference:Repository:Paths:0"]);
        Assert.Equal("/opt/ml/models", settings["Inference:Container:MultiModelFolder"]);
        Assert.Equal("explicit", settings["Inference:Repository:ControlMode"]);
    }

    [Fact]
    public void Read_AzureMl_ServesItsFolder() =>
        Assert.Equal("/var/models/m/1", Read([], ("AZUREML_MODEL_DIR", "/var/models/m/1"))["Inference:Repository:Paths:0"]);

    [Fact]
    public void Read_CloudRun_ListensOnItsPort() => Assert.Equal("http://0.0.0.0:8081", Read([], ("PORT", "8081"))["urls"]);

    [Fact]
    public void Read_OrdinaryMachine_SetsNothing() => Assert.Empty(Read(["--urls=http://localhost:1"]));

    [Theory]
    [InlineData("PORT", "http")]
    [InlineData("AIP_HTTP_PORT", "0")]
    [InlineData("PORT", "70000")]
    public void Read_WrongPort_NamesTheVariable(string name, string value) =>
        Assert.StartsWith(name, Assert.Throws<FormatException>(() => Read([], (name, value))).Message, StringComparison.Ordinal);

    private static IReadOnlyDictionary<string, string?> Read(string[] args, params (string Name, string Value)[] variables) =>
        ContainerEnvironment.Read(args, name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
