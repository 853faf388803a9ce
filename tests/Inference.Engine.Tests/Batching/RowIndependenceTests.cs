using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Testing;
using static Slipway.Inference.Engine.Tests.Models.OnnxModelBuilder;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Engine.Tests.Batching;

public sealed class RowIndependenceTests
{
    private static readonly Dictionary<string, (bool Independent, OnnxModelBuilder Model)> Cases = new(StringComparer.Ordinal)
    {
        ["linear"] = (true, Linear()),
        ["two inputs"] = (true, Add()),
        ["lookup by index"] = (true, Lookup()),
        ["text"] = (true, Identity(OnnxType.String, "batch")),
        ["softmax over each row"] = (true, Softmax(axis: 1)),
        ["softmax over the rows"] = (false, Softmax(axis: 0)),
        ["running sum over the rows"] = (false, RunningSum()),
        ["difference to the mean row"] = (false, Centred()),
        ["rows are dropped"] = (false, PositiveRows()),
        ["a sequence along the first dimension, reversed"] = (false, Reversed()),
        ["first dimension is fixed"] = (false, Identity(OnnxType.Float, 1, 2)),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void IsShown_Model_TellsRowsThatTouchEachOther(string name)
    {
        using var folder = new TempFolder();
        var (independent, model) = Cases[name];
        using var session = ModelSession.Load(model.Save(folder.Path), new ModelSessionOptions());

        Assert.Equal(independent, RowIndependence.IsShown(session));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void IsShown_RealModel_IsIndependent(bool iris)
    {
        using var session = ModelSession.Load(iris ? TestModels.Iris : TestModels.MnistWithZipMap, new ModelSessionOptions());

        Assert.True(RowIndependence.IsShown(session));
    }

    private static OnnxModelBuilder Rows() => new OnnxModelBuilder().Input("x", OnnxType.Float, "n", 3).Output("y", OnnxType.Float, "n", 3);

    private static OnnxModelBuilder Softmax(int axis) => Rows().Node("Softmax", ["x"], ["y"], Int("axis", axis));

    private static OnnxModelBuilder RunningSum() => Rows().Weight("axis", [0L]).Node("CumSum", ["x", "axis"], ["y"]);

    private static OnnxModelBuilder Centred() =>
        Rows().Node("ReduceMean", ["x"], ["mean"], Ints("axes", 0)).Node("Sub", ["x", "mean"], ["y"]);

    private static OnnxModelBuilder Reversed() =>
        Rows()
            .Weight("starts", [-1L], 1)
            .Weight("ends", [long.MinValue], 1)
            .Weight("axes", [0L], 1)
            .Weight("steps", [-1L], 1)
            .Node("Slice", ["x", "starts", "ends", "axes", "steps"], ["y"]);
}
