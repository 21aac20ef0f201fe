using System.Net;

namespace Blockwire.Testing;

/// <summary>`blockwire serve` as a process of its own on a loopback port.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private readonly ChildProcess _process;

    private ServerProcess(ChildProcess process, IReadOnlyList<ReadyLine> units)
    {
        _process = process;
        Units = units;
    }

    /// <summary>What the server announced, a line for each LUN in order.</summary>
    public IReadOnlyList<ReadyLine> Units { get; }

    public IPEndPoint Portal => Units[0].Portal;

    public string TargetName => Units[0].TargetName;

    public int ProcessId => _process.Id;

    public bool IsAlive => !_process.HasExited;

    /// <summary>Everything the server printed, standard error marked with "! ".</summary>
    public string Log => _process.Log;

    public IReadOnlyList<string> LogLines => _process.ErrorLines;

    /// <summary>Sessions that the log says were opened, whether closed since or not.</summary>
    public int OpenedSessions => LogLines.Count(static line => line.Contains("session opened", StringComparison.Ordinal));

    /// <summary>Sessions that the log says were opened and not closed yet.</summary>
    /// <remarks>The log is written behind the work: wait for a number with <see cref="WaitUntilAsync"/>.</remarks>
    public int OpenSessions =>
        OpenedSessions - LogLines.Count(static line => line.Contains("session closed", StringComparison.Ordinal));

    /// <summary>The built program: the Release build, else the Debug build.</summary>
    /// <exception cref="InvalidOperationException">Neither is there.</exception>
    public static string Program => FindProgram();

    /// <summary>Starts the server and waits for a ready line for every disk.</summary>
    /// <param name="disks">Disks as on the command line; LUN 0, 1, 2 ... in this order.</param>
    /// <param name="port">0 lets the system choose.</param>
    /// <param name="options">More options of `serve`.</param>
    public static Task<ServerProcess> StartAsync(IReadOnlyCollection<string> disks, int port = 0, params IEnumerable<string> options) =>
        StartAsync(Program, disks, port, options);

    /// <summary>The same of another program than the built one.</summary>
    public static async Task<ServerProcess> StartAsync(string program, IReadOnlyCollection<string> disks, int port, IEnumerable<string> options)
    {
        ChildProcess process = ChildProcess.Start(program, ["serve", "--listen", $"127.0.0.1:{port}", .. options, .. disks]);
        try
        {
            await process.WaitUntilAsync(it => it.OutputLines.Count >= disks.Count, StartLimit, "it was ready");
            return new(process, [.. process.OutputLines.Select(ReadyLine.Parse)]);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public string Url(int lun) => $"iscsi://{Portal}/{TargetName}/{lun}";

    /// <summary>SIGTERM, then the exit code.</summary>
    public Task<int> StopAsync(TimeSpan limit)
    {
        _process.Terminate();
        return _process.WaitForExitAsync(limit);
    }

    /// <summary>SIGKILL, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>Waits until a condition over the log holds.</summary>
    public Task WaitUntilAsync(Func<ServerProcess, bool> condition, TimeSpan limit, string what) =>
        _process.WaitUntilAsync(_ => condition(this), limit, what);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>The built program.</summary>
    public static string FindProgram()
    {
        string[] builds = [.. new[] { "release", "debug" }.Select(static it => Repository.At("artifacts", "bin", "Blockwire.Cli", it, "blockwire"))];
        return builds.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"No built server at {builds[0]}: dotnet build -c Release src/Cli");
    }
}
