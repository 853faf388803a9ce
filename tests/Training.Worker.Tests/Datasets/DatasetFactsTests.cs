using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Testing;
using Slipway.Training.Worker.Datasets;

namespace Slipway.Training.Worker.Tests.Datasets;

public sealed class DatasetFactsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData("a\n1\n2\n", 2)]
    [InlineData("a\n1\n2", 2)]
    [InlineData("a\r\n1\r\n\r\n2\r\n", 2)]
    [InlineData("a\n\"1\n2\"\n3\n", 2)]
    [InlineData("a\n\"\"\n", 1)]
    [InlineData("a\n", 0)]
    [InlineData("", 0)]
    public async Task Profile_CountsRecords(string text, int rows)
    {
        var facts = await FactsAsync(text);

        var profile = JsonNode.Parse(facts.Profile)!;
        Assert.Equal((rows, Encoding.UTF8.GetByteCount(text)), ((int)profile["num_rows"]!, (int)profile["size_bytes"]!));
    }

    [Fact]
    public async Task Schema_IsOfTheTypesThatWereSeen()
    {
        var facts = await FactsAsync("whole,number,text,gaps,nothing,\"a,b\"\n1,1,x,,,1\n-2,2.5,3,NA,,x\n");

        Assert.Equal(
            """
            {"mlflow_colspec":[{"type":"long","name":"whole","required":true},{"type":"double","name":"number","required":true},
            {"type":"string","name":"text","required":true},{"type":"string","name":"gaps","required":false},
            {"type":"string","name":"nothing","required":false},{"type":"string","name":"a,b","required":true}]}
            """.ReplaceLineEndings(""),
            facts.Schema
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("a,b\n1\n")]
    [InlineData("a\n\"1\n")]
    public async Task Schema_OfNoTable_IsNone(string text) => Assert.Null((await FactsAsync(text)).Schema);

    [Fact]
    public async Task Digest_IsOfTheBytes_AcrossReads()
    {
        var text = "a\n" + string.Concat(Enumerable.Repeat("12345\n", 100_000));

        var facts = await FactsAsync(text);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32], facts.Digest);
        Assert.Equal(100_000, (int)JsonNode.Parse(facts.Profile)!["num_rows"]!);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<DatasetFacts> FactsAsync(string text)
    {
        var path = _folder.Combine("data.csv");
        await File.WriteAllTextAsync(path, text);
        return await DatasetFacts.ReadAsync(path, default);
    }
}
