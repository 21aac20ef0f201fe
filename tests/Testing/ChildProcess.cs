using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Blockwire.Testing;

/// <summary>
/// A program that a test started. Every line it prints is kept for the report of a failure, it never outlives the test that disposes
/// it, and every wait has a limit.
/// </summary>
public sealed partial class ChildProcess : IAsyncDisposable
{
    private const int LogLinesShown = 200;
    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _output = [];
    private readonly List<string> _error = [];
    private readonly List<string> _log = [];
    private TaskCompletionSource _changed = NewSignal();

    private ChildProcess(Process process, string name)
    {
        _process = process;
        Name = name;
    }

    /// <summary>The program's file name, for messages.</summary>
    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Lines of standard output so far.</summary>
    public IReadOnlyList<string> OutputLines => Snapshot(_output);

    /// <summary>Lines of standard error so far.</summary>
    public IReadOnlyList<string> ErrorLines => Snapshot(_error);

    /// <summary>The last lines of both streams in the order they were read, standard error marked with "! ".</summary>
    public string Log
    {
        get
        {
            string[] lines = Snapshot(_log);
            int left = Math.Max(0, lines.Length - LogLinesShown);
            return (left == 0 ? string.Empty : $"({left} earlier lines)\n") + string.Join('\n', lines[left..]);
        }
    }

    /// <summary>Starts a program, found on PATH when it is a bare name.</summary>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? string.Empty,
        };
        foreach ((string key, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        Process process = new() { StartInfo = start, EnableRaisingEvents = true };
        ChildProcess child = new(process, Path.GetFileName(program));
        process.OutputDataReceived += (_, line) => child.Keep(child._output, line.Data, string.Empty);
        process.ErrorDataReceived += (_, line) => child.Keep(child._error, line.Data, "! ");
        process.Exited += (_, _) => child.Signal();
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Starts a program and waits for its end; past the limit it is killed and the result says so.</summary>
    public static async Task<ProcessResult> RunAsync(
        string program, IEnumerable<string> arguments, TimeSpan limit, IReadOnlyDictionary<string, string>? environment = null)
    {
        string[] words = [.. arguments];
        await using ChildProcess child = Start(program, words, environment);
        bool ended = await child.ExitsWithinAsync(limit);
        return new(
            $"{program} {string.Join(' ', words)}",
            ended ? child._process.ExitCode : null,
            string.Join('\n', child.OutputLines),
            string.Join('\n', child.ErrorLines));
    }

    /// <summary>Waits until a condition over the lines so far holds.</summary>
    /// <exception cref="InvalidOperationException">The program ended, or the limit passed, before that; the message holds the log.</exception>
    public async Task WaitUntilAsync(Func<ChildProcess, bool> condition, TimeSpan limit, string what)
    {
        long begun = Stopwatch.GetTimestamp();
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
            }

            bool ended = HasExited;
            if (condition(this))
            {
                return;
            }

            TimeSpan left = limit - Stopwatch.GetElapsedTime(begun);
            if (ended || left <= TimeSpan.Zero)
            {
                throw new InvalidOperationException(
                    $"{Name}: {(ended ? $"ended with {_process.ExitCode}" : $"{limit.TotalSeconds:0} s passed")} before {what}\n{Log}");
            }

            await Task.WhenAny(changed, Task.Delay(left));
        }
    }

    /// <summary>The exit code.</summary>
    /// <exception cref="InvalidOperationException">It still ran after the limit; it is killed then.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan limit) =>
        await ExitsWithinAsync(limit)
            ? _process.ExitCode
            : throw new InvalidOperationException($"{Name}: still running after {limit.TotalSeconds:0} s\n{Log}");

    /// <summary>Sends SIGTERM.</summary>
    public void Terminate() => Send(15);

    /// <summary>Sends SIGKILL to the program and everything it started.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);

    private void Send(int signal)
    {
        if (!_process.HasExited && SendSignal(_process.Id, signal) != 0)
        {
            throw new InvalidOperationException($"kill -{signal} {_process.Id}: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    private async Task<bool> ExitsWithinAsync(TimeSpan limit)
    {
        using CancellationTokenSource late = new(limit);
        try
        {
            await _process.WaitForExitAsync(late.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
            return false;
        }
    }

    private string[] Snapshot(List<string> lines)
    {
        lock (_gate)
        {
            return [.. lines];
        }
    }

    private void Keep(List<string> lines, string? line, string mark)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            lines.Add(line);
            _log.Add(mark + line);
        }

        Signal();
    }

    private void Signal()
    {
        TaskCompletionSource was;
        lock (_gate)
        {
            was = _changed;
            _changed = NewSignal();
        }

        was.SetResult();
    }
}
