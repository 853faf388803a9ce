using System.Text;
using Slipway.Testing;
using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Tests.Data;

/// <summary>Writes small CSV files and reads them back through the reader under test.</summary>
internal sealed class CsvFiles : IDisposable
{
    private readonly TempFolder _folder = new();

    public string Write(string text, string name = "data.csv") => Write(Encoding.UTF8.GetBytes(text), name);

    public string Write(byte[] bytes, string name = "data.csv")
    {
        var path = _folder.Combine(name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public Table Table(string text, params string[] categorical)
    {
        var result = CsvTableReader.Read(new CsvReadRequest([Write(text)]) { Categorical = categorical.ToHashSet() });
        Assert.True(result.IsOk, result.Error?.Message);
        return result.Value;
    }

    public BadInput Error(string text, CsvLimits? limits = null)
    {
        var result = CsvTableReader.Read(new CsvReadRequest([Write(text)]) { Limits = limits ?? new CsvLimits() });
        Assert.False(result.IsOk);
        return result.Error;
    }

    public string Path(string name) => _folder.Combine(name);

    public void Dispose() => _folder.Dispose();
}
