using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Ensembles;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Ensembles;

public sealed class EnsembleBackendTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly LoadedModel _linear;
    private readonly LoadedModel _add;
    private readonly LoadedModel _lookup;

    public EnsembleBackendTests()
    {
        _linear = Load("linear", OnnxModelBuilder.Linear());
        _add = Load("add", OnnxModelBuilder.Add());
        _lookup = Load("lookup", OnnxModelBuilder.Lookup());
    }

    public void Dispose()
    {
        _linear.Release();
        _add.Release();
        _lookup.Release();
        _folder.Dispose();
    }

    [Fact]
    public async Task InferAsync_StepsInAnyOrder_RunAsTheirInputsAllow()
    {
        await using var ensemble = Create(AddThenLinear([LinearStep("sum", "y"), AddStep("x", "x", "sum")]));
        using var x = Tensor.Create("x", [1f, 2f, 3f, 4f], 2, 2);

        using var result = await ensemble.InferAsync([x], default, CancellationToken.None);

        Assert.Equal(InferenceStatus.Ok, result.Status);
        Assert.Equal("y", Assert.Single(result.Outputs).Name);
        Assert.Equal([17f, 37f], result.Outputs[0].AsSpan<float>());
    }

    [Fact]
    public async Task InferAsync_StepRefuses_SaysWhichAndWhy()
    {
        var signature = new ModelSignature(
            [new ModelTensor("index", ElementType.Int64, [-1], ["n"])],
            [new ModelTensor("y", ElementType.Fp32, [-1], ["n"])]
        );
        var step = new EnsembleStep(_lookup, Map(("index", "index")), Map(("y", "y")));
        await using var ensemble = new EnsembleBackend(signature, [step], TimeProvider.System);
        using var index = Tensor.Create("index", [99L], 1);

        using var result = await ensemble.InferAsync([index], default, CancellationToken.None);

        Assert.Equal(InferenceStatus.InvalidInput, result.Status);
        Assert.StartsWith("step lookup: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InferAsync_WrongInput_IsRefusedByTheEnsemblesOwnSignature()
    {
        await using var ensemble = Create(AddThenLinear([AddStep("x", "x", "sum"), LinearStep("sum", "y")]));
        using var wrong = Tensor.Create("sum", [1f, 2f], 1, 2);

        using var result = await ensemble.InferAsync([wrong], default, CancellationToken.None);

        Assert.Equal(InferenceStatus.InvalidInput, result.Status);
    }

    [Fact]
    public async Task DisposeAsync_ModelsOfTheSteps_AreHeldUntilThen()
    {
        var held = Load("held", OnnxModelBuilder.Linear());
        var ensemble = Create(AddThenLinear([AddStep("x", "x", "sum"), new EnsembleStep(held, Map(("x", "sum")), Map(("y", "y")))]));
        held.Release();
        using var x = Tensor.Create("x", [1f, 2f], 1, 2);

        using (var result = await ensemble.InferAsync([x], default, CancellationToken.None))
        {
            Assert.Equal(InferenceStatus.Ok, result.Status);
        }

        Assert.False(held.Unloaded.IsCompleted);
        await ensemble.DisposeAsync();
        await held.Unloaded.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Create_StepsThatCannotWork_AreRefusedWithTheReason()
    {
        Refused("nothing gives", [LinearStep("elsewhere", "y")]);
        Refused("nothing gives", [AddStep("x", "b", "a"), AddStep("x", "a", "b"), LinearStep("a", "y")]);
        Refused("given twice", [AddStep("x", "x", "y"), LinearStep("x", "y")]);
        Refused("given twice", [AddStep("x", "x", "x"), LinearStep("x", "y")]);
        Refused("gives nothing to", [new EnsembleStep(_add, Map(("a", "x")), Map(("sum", "y")))]);
        Refused("does not have", [new EnsembleStep(_linear, Map(("x", "x"), ("z", "x")), Map(("y", "y")))]);
        Refused("does not have", [new EnsembleStep(_linear, Map(("x", "x")), Map(("nothing", "y")))]);
        Refused("given by no step", [LinearStep("x", "z")]);
        Refused("reads", [new EnsembleStep(_lookup, Map(("index", "x")), Map(("y", "y")))]);
        // None of the refused ensembles holds a model.
        _linear.TryHold();
        _linear.Release();
    }

    private static Dictionary<string, string> Map(params (string Of, string Tensor)[] names) =>
        names.ToDictionary(pair => pair.Of, pair => pair.Tensor, StringComparer.Ordinal);

    private static EnsembleBackend Create((ModelSignature Signature, EnsembleStep[] Steps) of) =>
        new(of.Signature, of.Steps, TimeProvider.System);

    private static (ModelSignature Signature, EnsembleStep[] Steps) AddThenLinear(EnsembleStep[] steps) =>
        (
            new ModelSignature(
                [new ModelTensor("x", ElementType.Fp32, [-1, 2], ["n", ""])],
                [new ModelTensor("y", ElementType.Fp32, [-1, 1], ["n", ""])]
            ),
            steps
        );

    private static void Refused(string reason, EnsembleStep[] steps) =>
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => Create(AddThenLinear(steps))).Message, StringComparison.Ordinal);

    private EnsembleStep AddStep(string a, string b, string sum) => new(_add, Map(("a", a), ("b", b)), Map(("sum", sum)));

    private EnsembleStep LinearStep(string x, string y) => new(_linear, Map(("x", x)), Map(("y", y)));

    private LoadedModel Load(string name, OnnxModelBuilder builder)
    {
        var session = ModelSession.Load(builder.Save(_folder.Path, $"{name}.onnx"), new ModelSessionOptions());
        return new LoadedModel(name, 1, name, session, new ModelSettings(), TimeProvider.System);
    }
}
