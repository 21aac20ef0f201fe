namespace Blockwire.Cli.Copying;

/// <summary>Pieces of work under way, up to a number at once, and up to where all of them are done.</summary>
internal sealed class PieceQueue(int depth, long begin) : IAsyncDisposable
{
    private readonly Queue<(Task Work, long End)> _pieces = new();
    private readonly CancellationTokenSource _ending = new();

    /// <summary>Everything before it is done.</summary>
    public long Done { get; private set; } = begin;

    /// <summary>Cancelled when the queue is left.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>Waits until there is room, then begins a piece.</summary>
    /// <param name="work">Begins it.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="stop">Gives up.</param>
    public async Task AddAsync(Func<Task> work, long end, CancellationToken stop)
    {
        if (_pieces.Count == depth)
        {
            await TakeAsync(stop);
        }

        _pieces.Enqueue((work(), end));
    }

    /// <summary>Waits for all.</summary>
    public async Task FinishAsync(CancellationToken stop)
    {
        while (_pieces.Count > 0)
        {
            await TakeAsync(stop);
        }
    }

    /// <summary>Ends what is still under way and waits until it has let go of its buffers.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_pieces.Select(static piece => piece.Work)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    private async Task TakeAsync(CancellationToken stop)
    {
        await _pieces.Peek().Work.WaitAsync(stop);
        Done = _pieces.Dequeue().End;
    }
}
