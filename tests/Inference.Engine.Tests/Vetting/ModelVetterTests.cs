using Slipway.Contracts.Vetting;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Onnx;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Inference.Engine.Vetting;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Engine.Tests.Vetting;

public sealed class ModelVetterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Vet_LoopBody_IsCountedWithItsParameters()
    {
        var model = OnnxModelBuilder.LoopBomb(trips: 3);
        model
            .Model.Graph.Node[0]
            .Attribute[0]
            .G.Initializer.Add(
                new TensorProto
                {
                    Name = "inner",
                    DataType = (int)OnnxType.Float,
                    Dims = { 2L, 2L },
                    FloatData = { 1, 2, 3, 4 },
                }
            );

        var report = Vet(model);

        Assert.Equal("passed", report.Status);
        Assert.Equal(["Add 1", "Identity 1", "Loop 1"], report.Operators.Select(o => $"{o.Name} {o.Count}"));
        Assert.Equal(6, report.ParameterCount);
    }

    [Fact]
    public void Vet_ExternalData_IsNamedAndCounted()
    {
        Directory.CreateDirectory(_folder.Combine("weights"));
        File.WriteAllBytes(_folder.Combine("weights", "w.bin"), new byte[8]);

        var report = Vet(OnnxModelBuilder.WithExternalWeight("weights/w.bin"));

        Assert.Equal("passed", report.Status);
        Assert.Equal(["weights/w.bin"], report.ExternalFiles);
        Assert.Equal(new FileInfo(_folder.Combine("model.onnx")).Length + 8, report.SizeBytes);
    }

    [Fact]
    public void Vet_CompiledCodeInside_IsUnsafe()
    {
        var model = OnnxModelBuilder.Identity(OnnxType.Float, "n").Opset("com.microsoft", 1);
        model.Model.Graph.Node[0].OpType = "EPContext";
        model.Model.Graph.Node[0].Domain = "com.microsoft";

        AssertFailed(VettingCodes.UnsafeOperator, Vet(model));
    }

    [Fact]
    public void Vet_OpsetOfTheFuture_IsRefused()
    {
        var model = OnnxModelBuilder.Identity(OnnxType.Float, "n");
        model.Model.OpsetImport[0].Version = 999;

        AssertFailed(ModelLoadCodes.UnsupportedVersion, Vet(model));
    }

    [Fact]
    public void Vet_FileFormatOfTheFuture_IsRefused()
    {
        var model = OnnxModelBuilder.Identity(OnnxType.Float, "n");
        model.Model.IrVersion = 999;

        AssertFailed(ModelLoadCodes.UnsupportedVersion, Vet(model));
    }

    [Fact]
    public void Vet_ClaimedShapeThatOverflows_IsReportedAndHarmless()
    {
        var model = OnnxModelBuilder.Linear();
        model.Model.Graph.Initializer[0].Dims[0] = long.MaxValue;
        model.Model.Graph.Initializer[0].Dims[1] = long.MaxValue;

        var report = Vet(model);

        Assert.Equal("failed", report.Status);
        Assert.Equal(long.MaxValue, report.ParameterCount);
    }

    [Fact]
    public void Vet_FailsOnZerosWithoutExample_AsksForOne()
    {
        // A table that starts at 1: index 0 is in range, index -9 is not.
        var model = OnnxModelBuilder.Lookup();
        model.Weight("minus", [-9L]).Node("Add", ["index", "minus"], ["shifted"]);
        model.Model.Graph.Node[0].Input[1] = "shifted";
        (model.Model.Graph.Node[0], model.Model.Graph.Node[1]) = (model.Model.Graph.Node[1].Clone(), model.Model.Graph.Node[0].Clone());

        var report = Vet(model);
        AssertFailed(VettingCodes.RunFailed, report);
        Assert.Contains("input example", report.Problems[0].Message, StringComparison.Ordinal);

        Assert.Equal("passed", Vet(model, """{"inputs":{"index":[9, 10]}}""").Status);
    }

    [Fact]
    public void Vet_NaNOnTheExample_IsAWarning()
    {
        var report = Vet(OnnxModelBuilder.Linear(), """{"inputs":[[1, null]]}""");

        Assert.Equal("passed", report.Status);
        Assert.Contains(report.Warnings, warning => warning.Contains("NaN", StringComparison.Ordinal));
    }

    [Fact]
    public void Vet_FixedRows_WarnsThatRequestsCannotBeJoined()
    {
        var report = Vet(OnnxModelBuilder.Identity(OnnxType.Float, 1, 2));

        Assert.Single(report.Warnings, warning => warning.Contains("batches", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"columns":["u","v"],"data":[[1,2],[3,4]]}""")]
    [InlineData("""{"dataframe_split":{"columns":["u","v"],"data":[[1,2]]}}""")]
    [InlineData("""{"dataframe_records":[{"u":1,"v":2}]}""")]
    [InlineData("""[{"u":1,"v":2.5},{"u":3,"v":4}]""")]
    [InlineData("""{"inputs":{"x":[[1,2]]}}""")]
    [InlineData("""{"inputs":{"x":[1,2]}}""")]
    [InlineData("""{"inputs":[[1,2],[3,4]]}""")]
    [InlineData("""{"instances":[[1,2]]}""")]
    [InlineData("""{"x":[[1,2]]}""")]
    [InlineData("""[[1,2],[3,4]]""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[1,2,3,4]}]}""")]
    public void Vet_MatrixExampleInEachForm_Passes(string example)
    {
        var report = Vet(OnnxModelBuilder.Linear(), example);

        Assert.Equal("", string.Join("; ", report.Problems.Select(problem => problem.Message)));
    }

    [Theory]
    [InlineData("""{"columns":["season","hour"],"data":[["winter",1],["summer",2]]}""")]
    [InlineData("""[{"season":"winter","hour":1}]""")]
    [InlineData("""{"inputs":{"season":["winter"],"hour":[1]}}""")]
    [InlineData("""{"instances":[{"season":["winter"],"hour":[1]}]}""")]
    [InlineData(
        """{"inputs":[{"name":"season","shape":[1,1],"datatype":"BYTES","data":["a"]},{"name":"hour","shape":[1,1],"datatype":"INT64","data":[1]}]}"""
    )]
    public void Vet_NamedColumnsInEachForm_Passes(string example)
    {
        var report = Vet(TwoColumns(), example);

        Assert.Equal("", string.Join("; ", report.Problems.Select(problem => problem.Message)));
    }

    [Theory]
    [InlineData("not json", "not JSON")]
    [InlineData("3", "neither an object nor an array")]
    [InlineData("""{"columns":["season","hour"],"data":[["winter"]]}""", "does not have 2 values")]
    [InlineData("""{"columns":["season"],"data":[["winter"]]}""", "no value for input 'hour'")]
    [InlineData("""{"inputs":{"season":["winter"],"hour":[1.5]}}""", "cannot hold 1.5")]
    [InlineData("""{"inputs":{"season":["winter"],"hour":[null]}}""", "cannot hold null")]
    [InlineData("""{"inputs":{"season":[1],"hour":[1]}}""", "expects text")]
    [InlineData("""{"inputs":{"season":["winter"],"hour":[[1,2]]}}""", "the model expects [-1,1]")]
    [InlineData("""{"inputs":{"season":["winter"],"hour":[[1],[2,3]]}}""", "not of one length")]
    [InlineData("""{"inputs":{"season":["winter"],"hour":[1,[2]]}}""", "not of one depth")]
    [InlineData("""[[1,2]]""", "no names")]
    [InlineData("""[]""", "no rows")]
    [InlineData("""{"inputs":[{"name":"season","shape":[5],"data":["a"]},{"name":"hour","data":[1]}]}""", "1 values for shape")]
    public void Vet_ExampleThatDoesNotFit_IsReported(string example, string reason)
    {
        var report = Vet(TwoColumns(), example);

        AssertFailed(VettingCodes.InputExample, report);
        Assert.Contains(reason, report.Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vet_ExampleFileMissing_IsReported()
    {
        OnnxModelBuilder.Linear().Save(_folder.Path);

        var report = Run(new VettingOptions { ModelPath = _folder.Path, ExamplePath = _folder.Combine("none.json") });

        AssertFailed(VettingCodes.InputExample, report);
    }

    [Fact]
    public void Vet_FolderWithTwoModels_AsksForAName()
    {
        OnnxModelBuilder.Linear().Save(_folder.Path, "a.onnx");
        OnnxModelBuilder.Linear().Save(_folder.Path, "b.onnx");

        AssertFailed(ModelLoadCodes.NotFound, Run(new VettingOptions { ModelPath = _folder.Path }));
    }

    [Fact]
    public void Vet_FolderWithOneOtherName_IsFound()
    {
        OnnxModelBuilder.Linear().Save(_folder.Path, "a.onnx");

        Assert.Equal("passed", Run(new VettingOptions { ModelPath = _folder.Path }).Status);
    }

    private static OnnxModelBuilder TwoColumns() =>
        new OnnxModelBuilder()
            .Input("season", OnnxType.String, "rows", 1)
            .Input("hour", OnnxType.Int64, "rows", 1)
            .Output("season_out", OnnxType.String, "rows", 1)
            .Output("hour_out", OnnxType.Int64, "rows", 1)
            .Node("Identity", ["season"], ["season_out"])
            .Node("Identity", ["hour"], ["hour_out"]);

    private static VettingReport Run(VettingOptions options) => ModelVetter.Vet(options, new VettingProgress(), CancellationToken.None);

    private static void AssertFailed(string code, VettingReport report)
    {
        Assert.Equal("failed", report.Status);
        var problem = Assert.Single(report.Problems);
        Assert.True(code == problem.Code, $"expected {code}, not {problem.Code}: {problem.Message}");
    }

    private VettingReport Vet(OnnxModelBuilder model, string? example = null)
    {
        model.Save(_folder.Path);
        var options = new VettingOptions { ModelPath = _folder.Path };
        if (example is not null)
        {
            options = options with { ExamplePath = _folder.Combine("input_example.json") };
            File.WriteAllText(options.ExamplePath, example);
        }

        return Run(options);
    }
}
