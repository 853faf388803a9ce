using System.Text;
using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Tests.Data;

public sealed class CsvTableReaderTests : IDisposable
{
    private readonly CsvFiles _files = new();

    [Fact]
    public void Read_NumbersAndText_KindsAndValues()
    {
        var table = _files.Table("a,b,c\n1,x,-2.5e3\n2.25,y,0\n");

        Assert.Equal(2, table.RowCount);
        Assert.Equal([1f, 2.25f], Numbers(table, "a"));
        Assert.Equal(["x", "y"], Texts(table, "b"));
        Assert.Equal([-2500f, 0f], Numbers(table, "c"));
    }

    [Fact]
    public void Read_MissingSpellings_AreMissingInEveryKind()
    {
        var table = _files.Table("a,b\n1,x\n,\nNA,NA\nNaN,NaN\nnull,null\n  ,  \n2,NAME\n");

        Assert.Equal([1f, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, 2f], Numbers(table, "a"));
        Assert.Equal(["x", "", "", "", "", "", "NAME"], Texts(table, "b"));
        Assert.Equal(3, table.Find("a")!.FirstMissing!.Value.Line);
    }

    [Fact]
    public void Read_TextAfterNumbers_KeepsTheirSpelling()
    {
        var table = _files.Table("id,n\n007,1\n1.50,2\n,3\nA1,4\n");

        Assert.Equal(["007", "1.50", "", "A1"], Texts(table, "id"));
        Assert.Equal(5, table.Find("id")!.FirstText!.Value.Line);
        Assert.Equal(ColumnKind.Numeric, table.Find("n")!.Kind);
    }

    [Fact]
    public void Read_MissingBeforeText_RowsStayAligned()
    {
        var table = _files.Table("a,b\n,1\nNA,2\nx,3\n");

        Assert.Equal(["", "", "x"], Texts(table, "a"));
    }

    [Fact]
    public void Read_CategoricalAskedFor_NumbersAreText()
    {
        var table = _files.Table("hour,n\n01,1\n13,2\n", "hour");

        Assert.Equal(["01", "13"], Texts(table, "hour"));
    }

    [Fact]
    public void Read_QuotedFields_KeepSeparatorsQuotesAndLineBreaks()
    {
        var table = _files.Table("a,b\r\n\"x, \"\"y\"\"\r\nz\",1\r\n\"\",2\r\n");

        Assert.Equal(["x, \"y\"\r\nz", ""], Texts(table, "a"));
        Assert.Equal([1f, 2f], Numbers(table, "b"));
    }

    [Fact]
    public void Read_ByteOrderMark_IsNoPartOfTheName()
    {
        var path = _files.Write([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("größe\n1\n2\n")]);

        var table = CsvTableReader.Read(new CsvReadRequest([path])).Value!;

        Assert.Equal([1f, 2f], Numbers(table, "größe"));
    }

    [Fact]
    public void Read_RaggedRow_NamesLineBehindQuotedLineBreaks()
    {
        var error = _files.Error("a,b\n\"1\n2\",3\n4,5\n6\n7,8\n");

        Assert.Equal("ragged_row", error.Code);
        Assert.Equal(new CsvPosition("data.csv", 5), error.Position);
        Assert.Contains("data.csv, line 5", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "empty_file")]
    [InlineData("\n\n", "empty_file")]
    [InlineData("a,b\n", "empty_file")]
    [InlineData("a,b,a\n1,2,3\n", "duplicate_column")]
    [InlineData("a,,b\n1,2,3\n", "unnamed_column")]
    [InlineData("a,b\n1,2,3\n", "ragged_row")]
    [InlineData("a,b\n1,\"x\"y\n", "bad_quoting")]
    [InlineData("a,b\n1,x\"y\n", "bad_quoting")]
    [InlineData("a,b\n1,\"x\n2,y\n3,z\n", "bad_quoting")]
    [InlineData("a\n1\n1e39\n", "value_out_of_range")]
    [InlineData("a\n1\n-Infinity\n", "value_out_of_range")]
    public void Read_BrokenFile_Code(string text, string code) => Assert.Equal(code, _files.Error(text).Code);

    [Fact]
    public void Read_NotUtf8_Refused()
    {
        var body = CsvTableReader.Read(new CsvReadRequest([_files.Write([.. "a,b\nx,1\n"u8, 0xE4, 0x62, .. ",2\n"u8])]));
        var header = CsvTableReader.Read(new CsvReadRequest([_files.Write([0xE4, 0x62, .. ",b\n1,2\n"u8])]));

        Assert.Equal("not_utf8", body.Error?.Code);
        Assert.Equal(3, body.Error?.Position?.Line);
        Assert.Equal("not_utf8", header.Error?.Code);
    }

    [Fact]
    public void Read_MissingFile_Refused()
    {
        var result = CsvTableReader.Read(new CsvReadRequest([_files.Path("nowhere.csv")]));

        Assert.Equal("dataset_not_found", result.Error?.Code);
        Assert.DoesNotContain(Path.GetTempPath(), result.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoFiles_Refused() => Assert.Equal("no_dataset", CsvTableReader.Read(new CsvReadRequest([])).Error?.Code);

    [Fact]
    public void Read_BeyondLimits_NamesTheLimit()
    {
        const string text = "a,b\n1,x\n2,y\n3,z\n";

        Assert.Equal("too_many_rows", _files.Error(text, new CsvLimits { MaxRows = 2 }).Code);
        Assert.Equal("too_many_rows", _files.Error(text, new CsvLimits { MaxCells = 5 }).Code);
        Assert.Equal("too_many_columns", _files.Error(text, new CsvLimits { MaxColumns = 1 }).Code);
        Assert.Equal("file_too_large", _files.Error(text, new CsvLimits { MaxFileBytes = 10 }).Code);
        var categories = _files.Error(text, new CsvLimits { MaxCategories = 2 });
        Assert.Equal("too_many_categories", categories.Code);
        Assert.Equal(4, categories.Position?.Line);
    }

    [Fact]
    public void Read_QuoteLeftOpenInLargeFile_StopsAtRecordLimit()
    {
        var text = "a,b\n1,\"open\n" + string.Concat(Enumerable.Repeat("1,2\n", 100_000));

        var error = _files.Error(text, new CsvLimits { MaxRecordBytes = 100_000 });

        Assert.Equal("record_too_long", error.Code);
        Assert.Equal(2, error.Position?.Line);
    }

    [Fact]
    public void Read_SeveralFiles_RowsFollowInOrderMatchedByName()
    {
        var first = _files.Write("a,b\n1,x\n2,y\n", "1.csv");
        var second = _files.Write("extra,b,a\n9,z,3\n", "2.csv");

        var table = CsvTableReader.Read(new CsvReadRequest([first, second])).Value!;

        Assert.Equal([1f, 2f, 3f], Numbers(table, "a"));
        Assert.Equal(["x", "y", "z"], Texts(table, "b"));
        Assert.Null(table.Find("extra"));
    }

    [Fact]
    public void Read_LaterFileLacksColumn_RefusedUnlessIgnored()
    {
        string[] paths = [_files.Write("a,id\n1,7\n", "1.csv"), _files.Write("a\n2\n", "2.csv")];

        var refused = CsvTableReader.Read(new CsvReadRequest(paths));
        var ignored = CsvTableReader.Read(new CsvReadRequest(paths) { Ignored = new HashSet<string> { "id" } });

        Assert.Equal("header_mismatch", refused.Error?.Code);
        Assert.Equal([1f, 2f], Numbers(ignored.Value!, "a"));
    }

    [Fact]
    public void Read_OptionalColumn_ReadWhereItCanBe()
    {
        string[] paths = [_files.Write("a,id,day\n1,7,x\n", "1.csv"), _files.Write("a,day\n2,y\n", "2.csv")];
        var names = new HashSet<string> { "id", "day" };

        var table = CsvTableReader.Read(new CsvReadRequest(paths) { Ignored = names, Optional = names }).Value!;

        Assert.Equal(["a", "day"], table.Columns.Select(column => column.Name));
    }

    [Fact]
    public void Read_OptionalColumnTooWide_DroppedAndTheRestKept()
    {
        var names = new HashSet<string> { "id" };
        var request = new CsvReadRequest([_files.Write("id,a\nx,1\ny,2\nz,3\n")])
        {
            Ignored = names,
            Optional = names,
            Limits = new CsvLimits { MaxCategories = 2 },
        };

        var table = CsvTableReader.Read(request).Value!;

        Assert.Null(table.Find("id"));
        Assert.Equal([1f, 2f, 3f], Numbers(table, "a"));
    }

    [Fact]
    public void Read_OnlyNamedColumns_OthersAreNotHeld()
    {
        var request = new CsvReadRequest([_files.Write("a,b,c\n1,2,3\n")])
        {
            Only = new HashSet<string> { "a", "c" },
        };

        Assert.Equal(["a", "c"], CsvTableReader.Read(request).Value!.Columns.Select(column => column.Name));
    }

    public void Dispose() => _files.Dispose();

    private static float[] Numbers(Table table, string column) => ((NumericColumn)table.Find(column)!).Values;

    private static string[] Texts(Table table, string column)
    {
        var found = Assert.IsType<CategoricalColumn>(table.Find(column));
        return [.. Enumerable.Range(0, table.RowCount).Select(found.Text)];
    }
}
