using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Tests.Data;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Tests.Trainers;

public sealed class TargetTests : IDisposable
{
    private readonly CsvFiles _files = new();

    [Theory]
    [InlineData("y\n1\n2.5\n", "Regression")]
    [InlineData("y\n1\n2\n", "Regression")]
    [InlineData("y\n0\n1\n1\n", "Classification")]
    [InlineData("y\nyes\nno\n", "Classification")]
    public void Read_NoTask_DecidedByTheValues(string csv, string task) =>
        Assert.Equal(task, Target.Read(_files.Table(csv), "y", null).Value!.Task.ToString());

    [Fact]
    public void Read_WholeNumbersAsClasses_OrderedByValueAndMerged()
    {
        var target = Target.Read(_files.Table("y\n10\n2\n2.0\n-1\n", "y"), "y", TaskKind.Classification).Value!;

        Assert.Equal([-1L, 2, 10], target.Classes!.Integers!);
        Assert.Equal(["-1", "2", "10"], target.Classes.Names);
        Assert.Equal([2f, 1, 1, 0], target.Values);
        Assert.Equal(3, target.OutputCount);
    }

    [Fact]
    public void Read_TextClasses_OrdinalOrder()
    {
        var target = Target.Read(_files.Table("y\nb\na\nB\n"), "y", null).Value!;

        Assert.Null(target.Classes!.Integers);
        Assert.Equal(["B", "a", "b"], target.Classes.Names);
        Assert.Equal([2f, 1, 0], target.Values);
    }

    [Fact]
    public void Read_NoSuchColumn_Refused() => Assert.Equal("target_not_found", Error("a\n1\n", null).Code);

    [Fact]
    public void Read_MissingValue_NamesTheLine()
    {
        var error = Error("y,a\n1,1\n2,2\n,3\n", TaskKind.Regression);

        Assert.Equal("target_missing_value", error.Code);
        Assert.Equal(4, error.Position?.Line);
    }

    [Fact]
    public void Read_TextInRegression_NamesTheLine()
    {
        var error = Error("y,a\n1,1\n2,2\nthree,3\n4,4\n", TaskKind.Regression);

        Assert.Equal("target_not_numeric", error.Code);
        Assert.Equal(4, error.Position?.Line);
    }

    [Fact]
    public void Read_OneClass_Refused() => Assert.Equal("target_single_class", Error("y\n1\n1\n", TaskKind.Classification).Code);

    [Fact]
    public void Read_HundredsOfClasses_Refused()
    {
        var csv = "y\n" + string.Join('\n', Enumerable.Range(0, 500)) + "\n";

        Assert.Equal("target_too_many_classes", Error(csv, TaskKind.Classification).Code);
    }

    public void Dispose() => _files.Dispose();

    private BadInput Error(string csv, TaskKind? task)
    {
        var result = Target.Read(_files.Table(csv), "y", task);
        Assert.False(result.IsOk);
        return result.Error;
    }
}
