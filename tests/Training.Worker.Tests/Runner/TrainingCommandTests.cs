using System.IO.Pipelines;
using Slipway.Training.Worker.Runner;

namespace Slipway.Training.Worker.Tests.Runner;

public sealed class TrainingCommandTests : IDisposable
{
    private readonly RunnerFixture _fixture = new();

    [Theory]
    [InlineData("reading data")]
    [InlineData("\"training\"")]
    [InlineData("train_loss")]
    public async Task RunAsync_InputEnds_StopsTheRun(string lastLineOfTheParent)
    {
        var csv = _fixture.Write("data.csv", RunnerFixture.Csv(5_000));
        var spec = _fixture.WriteSpec(
            _fixture.Spec(csv, "gbdt", ("trees", "10000"), ("early_stopping_rounds", "0"), ("max_leaves", "200"))
        );
        var parent = new Pipe(new PipeOptions(readerScheduler: PipeScheduler.Inline));
        await using var output = new EndingWriter(parent.Writer, lastLineOfTheParent);

        var exitCode = await TrainingCommand.RunAsync(["run", "--spec", spec], parent.Reader.AsStream(), output, CancellationToken.None);

        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Equal("cancelled", Assert.IsType<ErrorEvent>(RunnerFixture.Parse(output.ToString())[^1]).Code);
    }

    [Fact]
    public async Task RunAsync_InputStaysOpen_RunsToItsEnd()
    {
        var csv = _fixture.Write("data.csv", RunnerFixture.Csv(100));
        var spec = _fixture.WriteSpec(_fixture.Spec(csv, "linear"));
        await using var output = new StringWriter();

        var exitCode = await TrainingCommand.RunAsync(
            ["run", "--spec", spec],
            new Pipe().Reader.AsStream(),
            output,
            CancellationToken.None
        );

        Assert.Equal(ExitCodes.Done, exitCode);
    }

    [Fact]
    public async Task RunAsync_WrongArguments_BadInput() =>
        Assert.Equal(
            ExitCodes.BadInput,
            await TrainingCommand.RunAsync(["run", "spec.json"], Stream.Null, TextWriter.Null, CancellationToken.None)
        );

    public void Dispose() => _fixture.Dispose();

    /// <summary>Ends the standard input once a certain line was written: the parent has died.</summary>
    private sealed class EndingWriter(PipeWriter parent, string lastLine) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(lastLine, StringComparison.Ordinal) == true)
            {
                parent.Complete();
            }
        }
    }
}
