using Slipway.Contracts.Serving;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Tests.Serving;

public sealed class EffectiveServingTests
{
    [Fact]
    public void Next_AllRoutesReady_ServesThem()
    {
        var next = Next(State(["m/1", "m/2"], ("e", ["m/1*90", "m/2*10"])), EffectiveServing.None, "m/1", "m/2");

        Assert.Equal("m/1*90 m/2*10", Routes(next, "e"));
    }

    [Fact]
    public void Next_NewRouteNotReady_KeepsTheRoutesBefore()
    {
        var before = Next(State(["m/1"], ("e", ["m/1*100"])), EffectiveServing.None, "m/1");

        var next = Next(State(["m/1", "m/2"], ("e", ["m/1*90", "m/2*10"])), before, "m/1");

        Assert.Equal("m/1*100", Routes(next, "e"));
    }

    [Fact]
    public void Next_SwitchToAVersionNotReady_KeepsOneThatIsNoLongerWanted()
    {
        var before = Next(State(["m/1"], ("e", ["m/1*100"])), EffectiveServing.None, "m/1");

        var next = Next(State(["m/2"], ("e", ["m/2*100"])), before, "m/1");

        Assert.Equal("m/1*100", Routes(next, "e"));
        Assert.Equal(1, next.Defaults["m"].Version);
        Assert.Equal(["m/1"], next.Versions.Select(version => $"{version.Model}/{version.Version}"));
    }

    [Fact]
    public void Next_NothingBeforeAndAPartReady_ServesThePart()
    {
        var next = Next(State(["m/1", "m/2"], ("e", ["m/1*90", "m/2*10"]), ("f", ["m/2*1"])), EffectiveServing.None, "m/1");

        Assert.Equal("m/1*90", Routes(next, "e"));
        Assert.False(next.Endpoints.ContainsKey("f"));
    }

    [Fact]
    public void Next_OnlyARouteOfWeightZeroReady_ServesNothingThere()
    {
        var next = Next(State(["m/1", "m/2"], ("e", ["m/1*100", "m/2*0"]), ("f", ["m/2*1"])), EffectiveServing.None, "m/2");

        Assert.False(next.Endpoints.ContainsKey("e"));
        Assert.Equal("m/2*1", Routes(next, "f"));
    }

    [Fact]
    public void Next_EndpointRemoved_IsGone()
    {
        var before = Next(State(["m/1"], ("e", ["m/1*100"])), EffectiveServing.None, "m/1");

        var next = Next(State([]), before, "m/1");

        Assert.Empty(next.Endpoints);
        Assert.Empty(next.Defaults);
    }

    [Theory]
    [InlineData("m/1,m/2,m/3", 2)]
    [InlineData("m/1,m/3", 3)]
    [InlineData("m/1", 1)]
    public void Next_Default_IsProductionElseTheHighestReady(string ready, int expected)
    {
        var state = State(["m/1", "m/2@production", "m/3"]);

        Assert.Equal(expected, Next(state, EffectiveServing.None, ready.Split(',')).Defaults["m"].Version);
    }

    [Fact]
    public void Next_ProductionMovesToAVersionNotReady_KeepsTheDefault()
    {
        var before = Next(State(["m/1@production", "m/2"]), EffectiveServing.None, "m/1", "m/2");

        Assert.Equal(1, before.Defaults["m"].Version);
        Assert.Equal(1, Next(State(["m/1", "m/2", "m/3@production"]), before, "m/1", "m/2").Defaults["m"].Version);
        Assert.Equal(3, Next(State(["m/1", "m/2", "m/3@production"]), before, "m/1", "m/2", "m/3").Defaults["m"].Version);
    }

    private static EffectiveServing Next(ServingState desired, EffectiveServing current, params string[] ready) =>
        EffectiveServing.Next(desired, current, version => ready.Contains($"{version.Model}/{version.Version}"));

    private static string Routes(EffectiveServing serving, string endpoint) =>
        string.Join(' ', serving.Endpoints[endpoint].Select(route => $"{route.Version.Model}/{route.Version.Version}*{route.Weight}"));

    private static ServingState State(string[] models, params (string Name, string[] Routes)[] endpoints) =>
        new()
        {
            Revision = 1,
            Models =
            [
                .. models.Select(text => new ServedModelVersion
                {
                    Model = text.Split('/', '@')[0],
                    Version = int.Parse(text.Split('/', '@')[1]),
                    Aliases = [.. text.Split('@').Skip(1)],
                    Digest = text.Split('@')[0],
                    ModelFile = "model.onnx",
                    Files = [],
                }),
            ],
            Endpoints =
            [
                .. endpoints.Select(endpoint => new ServedEndpoint
                {
                    Name = endpoint.Name,
                    Routes =
                    [
                        .. endpoint.Routes.Select(route => new ServedRoute(
                            route.Split('/', '*')[0],
                            int.Parse(route.Split('/', '*')[1]),
                            double.Parse(route.Split('*')[1])
                        )),
                    ],
                }),
            ],
        };
}
