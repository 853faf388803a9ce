using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Options;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>The request path's way into the prediction log: encodes the rows of an answered request, which are in the journal when it returns.</summary>
internal sealed class PredictionLogger(PredictionJournal journal, PredictionLogMetrics metrics, IOptions<PredictionLogOptions> options)
{
    // A request of very many rows goes in pieces, so that its memory stays flat.
    private const int PieceBytes = 256 * 1024;

    private readonly int _maxRows = options.Value.MaxRowsPerRequest;
    private readonly ObjectPool<RecordBuffer> _buffers = new DefaultObjectPool<RecordBuffer>(new DefaultPooledObjectPolicy<RecordBuffer>());

    /// <summary>Writes the rows, or drops and counts them. Rows beyond <see cref="PredictionLogOptions.MaxRowsPerRequest"/> are left out and counted.</summary>
    public void Log(in AnsweredRequest request)
    {
        var rowCount = request.Plan.CountRows(request.Inputs, request.Outputs);
        if (rowCount == 0)
        {
            return;
        }
        var logged = Math.Min(rowCount, _maxRows);
        if (logged < rowCount)
        {
            metrics.LeftOut(rowCount - logged);
        }
        var layout = request.Plan.LayoutOf(request, rowCount);
        var buffer = _buffers.Get();
        var row = 0;
        while (row < logged)
        {
            while (row < logged && buffer.Length < PieceBytes)
            {
                RecordEncoder.WriteRow(buffer, request, layout, row++, rowCount);
            }
            journal.Append(buffer.Written, buffer.RecordCount, layout);
            buffer.Clear();
        }
        _buffers.Return(buffer);
    }
}
