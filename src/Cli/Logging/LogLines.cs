namespace Blockwire.Cli.Logging;

/// <summary>
/// Log lines on their way to a writer. Whoever adds one never waits, for it may hold a lock that a session needs: a thread of its own writes, and when nobody
/// reads what it writes, lines are dropped and counted. A writer that fails ends the log, not the server.
/// </summary>
internal sealed class LogLines : IDisposable
{
    /// <summary>Lines that wait at once.</summary>
    public const int Capacity = 4096;

    /// <summary>How long <see cref="Dispose"/> waits for a reader.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private const int StackBytes = 256 << 10;

    private readonly TextWriter _writer;
    private readonly Func<long, string> _lossLine;
    private readonly int _capacity;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly Thread _thread;
    private List<string> _waiting = [];
    private List<string> _taken = [];
    private long _lost;
    private bool _isOver;

    /// <summary>Begins to write.</summary>
    /// <param name="writer">Where to; used by one thread at a time.</param>
    /// <param name="lossLine">The line that tells how many lines were dropped where it stands.</param>
    /// <param name="capacity">Lines that wait at once.</param>
    public LogLines(TextWriter writer, Func<long, string> lossLine, int capacity = Capacity)
    {
        _writer = writer;
        _lossLine = lossLine;
        _capacity = capacity;
        _thread = new(WriteAll, StackBytes) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <summary>Takes a line, with its line feed. Never waits; what comes after <see cref="Dispose"/>, or after the writer has failed, is forgotten.</summary>
    public void Add(string line)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            if (_waiting.Count == _capacity)
            {
                _lost++;
                return;
            }

            _waiting.Add(line);
            if (_waiting.Count == 1)
            {
                _work.Release();
            }
        }
    }

    /// <summary>Waits until everything is written, at most <see cref="Patience"/>.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            _isOver = true;
        }

        _work.Release();

        // A thread that is stuck in a write ends with the process.
        if (_thread.Join(Patience))
        {
            _work.Dispose();
        }
    }

    private void WriteAll()
    {
        try
        {
            while (Take(out long lost))
            {
                foreach (string line in _taken)
                {
                    _writer.Write(line);
                }

                if (lost > 0)
                {
                    _writer.Write(_lossLine(lost));
                }

                _writer.Flush();
            }
        }
        catch (Exception)
        {
            // Whoever read the log has gone, and there is no other place to say so. Serving goes on.
            lock (_gate)
            {
                _isOver = true;
                _waiting = [];
            }
        }
    }

    /// <summary>Waits for lines and takes all of them; what was lost came after them. False at the end.</summary>
    private bool Take(out long lost)
    {
        while (true)
        {
            _work.Wait();
            lock (_gate)
            {
                _taken.Clear();
                (_waiting, _taken) = (_taken, _waiting);
                (lost, _lost) = (_lost, 0);
                if (_taken.Count > 0)
                {
                    if (_isOver)
                    {
                        _work.Release();
                    }

                    return true;
                }

                if (_isOver)
                {
                    return false;
                }
            }
        }
    }
}
