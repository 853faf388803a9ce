using Microsoft.Extensions.ObjectPool;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>The request path's way into the prediction log: encodes the rows of an answered request and waits until they are in the journal.</summary>
internal sealed class PredictionLogger(PredictionJournal journal)
{
    // A request of very many rows goes in pieces, so that its memory stays flat.
    private const int PieceBytes = 256 * 1024;

    private readonly ObjectPool<RecordBuffer> _buffers = new DefaultObjectPool<RecordBuffer>(new DefaultPooledObjectPolicy<RecordBuffer>());

    /// <summary>Ends when all rows are in the journal, or dropped and counted.</summary>
    public Task LogAsync(in AnsweredRequest request)
    {
        var rowCount = request.Plan.CountRows(request.Inputs, request.Outputs);
        var buffer = _buffers.Get();
        var row = 0;
        while (row < rowCount)
        {
            WritePiece(buffer, request, ref row, rowCount);
            var written = journal.AppendAsync(buffer.Written, buffer.FrameCount);
            buffer.Clear();
            if (!written.IsCompleted)
            {
                return FinishAsync(written, buffer, request, row, rowCount);
            }
        }
        _buffers.Return(buffer);
        return Task.CompletedTask;
    }

    private async Task FinishAsync(Task<bool> written, RecordBuffer buffer, AnsweredRequest request, int row, int rowCount)
    {
        await written;
        while (row < rowCount)
        {
            WritePiece(buffer, request, ref row, rowCount);
            written = journal.AppendAsync(buffer.Written, buffer.FrameCount);
            buffer.Clear();
            await written;
        }
        _buffers.Return(buffer);
    }

    private static void WritePiece(RecordBuffer buffer, in AnsweredRequest request, ref int row, int rowCount)
    {
        while (row < rowCount && buffer.Length < PieceBytes)
        {
            RecordEncoder.WriteRow(buffer, request, row++, rowCount);
        }
    }
}
