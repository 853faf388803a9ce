using Slipway.Contracts.Messages;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.PredictionLog;

namespace Slipway.Inference.Service.Tests.PredictionLog;

public sealed class RecordEncoderTests
{
    private const int FrameOverhead = JournalSegment.FrameOverheadBytes;

    [Fact]
    public void WriteRow_ScalarsOfEachKind_ComeBackAsTheCallerWroteThem()
    {
        var signature = new ModelSignature(
            [
                Column("temp", ElementType.Fp32),
                Column("hour", ElementType.Int64),
                Column("wide", ElementType.Fp64),
                Column("season", ElementType.Bytes),
            ],
            [Column("prediction", ElementType.Fp32)]
        );

        var record = Encode(
            signature,
            [
                Tensor.Create<float>("temp", [0.3f], 1, 1),
                Tensor.Create<long>("hour", [17L], 1, 1),
                Tensor.Create("wide", [0.1], 1, 1),
                Tensor.FromStrings("season", ["été"], 1, 1),
            ],
            [Tensor.Create<float>("prediction", [12.7f], 1, 1)]
        );

        Assert.Equal(("id-1", "demand", "bike", 3), (record.PredictionId, record.Endpoint, record.Model, record.Version));
        Assert.Equal((0.3, 17.0, 0.1), (record.Numbers["temp"], record.Numbers["hour"], record.Numbers["wide"]));
        Assert.Equal("été", record.Categories["season"]);
        Assert.Equal((12.7, null), (record.Value, record.Label));
        Assert.Null(record.Scores);
        Assert.Equal(("00-a", 1.5), (record.TraceParent, record.LatencyMs));
        Assert.Equal(new DateTimeOffset(2011, 7, 1, 13, 0, 0, TimeSpan.Zero), record.At);
    }

    [Fact]
    public void WriteRow_MissingAndInfiniteValues_AreNull()
    {
        var signature = new ModelSignature(
            [Column("a", ElementType.Fp32), Column("b", ElementType.Fp64), Column("c", ElementType.Bytes)],
            [Column("prediction", ElementType.Fp32)]
        );

        var record = Encode(
            signature,
            [
                Tensor.Create<float>("a", [float.NaN], 1, 1),
                Tensor.Create("b", [double.PositiveInfinity], 1, 1),
                Tensor.FromStrings("c", [""], 1, 1),
            ],
            [Tensor.Create<float>("prediction", [float.NaN], 1, 1)]
        );

        Assert.Equal((null, null, null, null), (record.Numbers["a"], record.Numbers["b"], record.Categories["c"], record.Value));
        Assert.True(record.Numbers.ContainsKey("a"));
    }

    [Fact]
    public void WriteRow_ClassifierWithNumericLabel_GivesLabelValueAndScores()
    {
        var signature = new ModelSignature(
            [Column("x", ElementType.Fp32)],
            [Column("label", ElementType.Int64), new ModelTensor("probabilities", ElementType.Fp32, [-1, 2], ["batch", ""])]
        );

        var record = Encode(
            signature,
            [Tensor.Create<float>("x", [1f], 1, 1)],
            [Tensor.Create<long>("label", [1L], 1, 1), Tensor.Create<float>("probabilities", [0.25f, 0.75f], 1, 2)]
        );

        Assert.Equal(("1", 1.0), (record.Label, record.Value));
        Assert.Equal([0.25, 0.75], record.Scores!);
    }

    [Fact]
    public void WriteRow_RowOfAFewElements_NamesEach()
    {
        var signature = new ModelSignature(
            [new ModelTensor("x", ElementType.Fp32, [-1, 3], ["batch", ""])],
            [new ModelTensor("y", ElementType.Fp32, [-1, 3], ["batch", ""])]
        );

        var record = Encode(
            signature,
            [Tensor.Create<float>("x", [1f, 2f, 3f, 4f, 5f, 6f], 2, 3)],
            [Tensor.Create<float>("y", [.1f, .2f, .7f, .4f, .5f, .1f], 2, 3)],
            row: 1,
            rowCount: 2
        );

        Assert.Equal("id-1_1", record.PredictionId);
        Assert.Equal([("x.0", 4.0), ("x.1", 5.0), ("x.2", 6.0)], record.Numbers.Select(number => (number.Key, number.Value!.Value)));
        Assert.Equal([0.4, 0.5, 0.1], record.Scores!);
    }

    [Fact]
    public void WriteRow_RowOfManyElements_IsSummarised()
    {
        var signature = new ModelSignature(
            [new ModelTensor("image", ElementType.Fp32, [-1, 100], ["batch", ""])],
            [Column("y", ElementType.Fp32)]
        );
        var values = Enumerable.Range(1, 100).Select(i => (float)i).ToArray();

        var record = Encode(signature, [Tensor.Create<float>("image", values, 1, 100)], [Tensor.Create<float>("y", [1f], 1, 1)]);

        Assert.Equal(["image.mean", "image.min", "image.max", "image.std"], record.Numbers.Keys);
        Assert.Equal((50.5, 1.0, 100.0), (record.Numbers["image.mean"], record.Numbers["image.min"], record.Numbers["image.max"]));
        Assert.Equal(Math.Sqrt((100 * 100 - 1) / 12.0), record.Numbers["image.std"]!.Value, 9);
    }

    [Fact]
    public void WriteRow_LongText_IsCutAtACharacter()
    {
        var signature = new ModelSignature([Column("text", ElementType.Bytes)], [Column("y", ElementType.Fp32)]);

        var record = Encode(
            signature,
            [Tensor.FromStrings("text", ["a" + new string('é', 1000)], 1, 1)],
            [Tensor.Create<float>("y", [1f], 1, 1)]
        );

        Assert.Equal("a" + new string('é', 127), record.Categories["text"]);
    }

    [Fact]
    public void WriteRow_TextWithNul_ComesBackStorable()
    {
        var signature = new ModelSignature([Column("s", ElementType.Bytes)], [Column("prediction", ElementType.Fp32)]);

        var record = Encode(signature, [Tensor.FromStrings("s", ["a\0b"], 1, 1)], [Tensor.Create<float>("prediction", [1f], 1, 1)]);

        Assert.Equal("a\uFFFDb", record.Categories["s"]);
    }

    [Fact]
    public void CountRows_OutputDeclaredAsOneRow_FollowsTheAnswer()
    {
        var signature = new ModelSignature([Column("x", ElementType.Fp32)], [new ModelTensor("y", ElementType.Fp32, [1, 1], ["", ""])]);
        using var x = Tensor.Create<float>("x", [1f, 2f], 2, 1);
        using var rows = Tensor.Create<float>("y", [1f, 2f], 2, 1);
        using var one = Tensor.Create<float>("y", [1f], 1, 1);

        Assert.Equal(2, new RecordPlan(signature).CountRows([x], [rows]));
        Assert.Equal(1, new RecordPlan(signature).CountRows([x], [one]));
    }

    [Fact]
    public void CountRows_OutputsWithoutARowEach_IsOneRow()
    {
        var signature = new ModelSignature([Column("x", ElementType.Fp32)], [Column("y", ElementType.Fp32)]);
        using var x = Tensor.Create<float>("x", [1f, 2f], 2, 1);
        using var y = Tensor.Create<float>("y", [1f], 1, 1);

        Assert.Equal(1, new RecordPlan(signature).CountRows([x], [y]));
        Assert.Equal(2, new RecordPlan(signature).CountRows([x], [x]));
    }

    [Fact]
    public void Decode_AnyDamage_IsInvalidDataAndNeverAnotherException()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        var signature = new ModelSignature(
            [Column("x", ElementType.Fp32), Column("s", ElementType.Bytes)],
            [Column("y", ElementType.Fp32)]
        );
        var whole = EncodeFrame(
            signature,
            [Tensor.Create<float>("x", [1f], 1, 1), Tensor.FromStrings("s", ["abc"], 1, 1)],
            [Tensor.Create<float>("y", [1f], 1, 1)],
            0,
            1
        )[FrameOverhead..];
        var decoder = new PackedRecordReader();
        for (var i = 0; i < 20_000; i++)
        {
            byte[] damaged = random.Next(3) == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            for (var change = random.Next(1, 4); change > 0 && damaged.Length > 0; change--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }
            try
            {
                decoder.Decode(damaged);
            }
            catch (InvalidDataException)
            {
                // The one defined answer.
            }
        }
        Assert.Equal("id-1", decoder.Decode(whole)!.PredictionId);
    }

    private static ModelTensor Column(string name, ElementType type) => new(name, type, [-1, 1], ["batch", ""]);

    /// <summary>The record as it comes back, which is the same whether its names are in it or in a layout.</summary>
    private static PredictionRecord Encode(ModelSignature signature, Tensor[] inputs, Tensor[] outputs, int row = 0, int rowCount = 1)
    {
        var plan = new RecordPlan(signature);
        var request = Request(plan, inputs, outputs);
        var layout = plan.LayoutOf(request, rowCount)!;
        using var buffer = new RecordBuffer();
        RecordEncoder.WriteRow(buffer, request, layout, row, rowCount);
        var frames = (byte[])[.. layout.Frame, .. buffer.Written];
        var record = new PackedRecordReader().Decode(EncodeFrame(signature, inputs, outputs, row, rowCount).AsSpan(FrameOverhead))!;
        Assert.Equivalent(record, Assert.Single(PackedRecords.Read(frames)), strict: true);
        return record;
    }

    private static byte[] EncodeFrame(ModelSignature signature, Tensor[] inputs, Tensor[] outputs, int row, int rowCount)
    {
        using var buffer = new RecordBuffer();
        RecordEncoder.WriteRow(buffer, Request(new RecordPlan(signature), inputs, outputs), null, row, rowCount);
        foreach (var tensor in inputs.Concat(outputs))
        {
            tensor.Dispose();
        }
        return buffer.Written.ToArray();
    }

    private static AnsweredRequest Request(RecordPlan plan, Tensor[] inputs, Tensor[] outputs) =>
        new()
        {
            Plan = plan,
            RequestId = "id-1",
            Endpoint = "demand",
            Model = "bike",
            Version = 3,
            At = new DateTimeOffset(2011, 7, 1, 15, 0, 0, TimeSpan.FromHours(2)),
            Latency = TimeSpan.FromMilliseconds(1.5),
            TraceParent = "00-a",
            Inputs = inputs,
            Outputs = outputs,
        };
}
