using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Linux;

/// <summary>A fresh Debian guest in QEMU that runs one script and ends; see eng/guest.</summary>
public sealed class Guest : IAsyncDisposable
{
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(5);
    private static readonly string[] _trouble = ["BUG:", "Oops", "panic", "Call Trace", "blocked for more than"];
    private readonly ChildProcess _process;
    private readonly TimeSpan _limit;

    private Guest(ChildProcess process, string sharedFolder, TimeSpan limit)
    {
        _process = process;
        SharedFolder = sharedFolder;
        _limit = limit;
    }

    /// <summary>The host's view of the guest's /host.</summary>
    public string SharedFolder { get; }

    public string Log => _process.Log;

    /// <summary>It runs, and its kernel has written nothing about an end of its own to the console.</summary>
    public bool IsSound => !_process.HasExited && !_trouble.Any(it => Console().Contains(it, StringComparison.Ordinal));

    /// <summary>Boots the guest, after building it when it is not in the cache yet.</summary>
    /// <param name="script">A file beside this one.</param>
    /// <param name="port">The port of the host's 127.0.0.1 that the guest reaches under the same address.</param>
    /// <param name="arguments">Words for the script.</param>
    /// <param name="limit">Time from boot to end.</param>
    public static Task<Guest> StartAsync(string script, int port, IEnumerable<string> arguments, TimeSpan limit) =>
        StartAsync(script, ["-i", $"{port}"], arguments, limit);

    /// <summary>Boots the guest, after building it when it is not in the cache yet.</summary>
    /// <param name="script">A file beside this one.</param>
    /// <param name="options">Options of run-guest.</param>
    /// <param name="arguments">Words for the script.</param>
    /// <param name="limit">Time from boot to end.</param>
    public static async Task<Guest> StartAsync(string script, IEnumerable<string> options, IEnumerable<string> arguments, TimeSpan limit)
    {
        foreach (string program in new[] { "qemu-system-x86_64", "cpio", "depmod", "python3" })
        {
            Peer.Require(program);
        }

        (await ChildProcess.RunAsync(Repository.At("eng", "guest", "build-guest"), [], BuildLimit)).Succeeded();
        string shared = Directory.CreateTempSubdirectory("blockwire-guest-").FullName;
        ChildProcess process = ChildProcess.Start(
            Repository.At("eng", "guest", "run-guest"),
            ["-t", $"{limit.TotalSeconds:0}", .. options, "-d", shared, Repository.At("tests", "Interop", "Linux", script), .. arguments]);
        return new(process, shared, limit);
    }

    /// <summary>Waits until the script in the guest has made a file in /host.</summary>
    public async Task WaitForFileAsync(string name)
    {
        using CancellationTokenSource late = new(_limit);
        while (!File.Exists(Path.Combine(SharedFolder, name)))
        {
            if (_process.HasExited || late.IsCancellationRequested)
            {
                throw new InvalidOperationException($"The guest never made /host/{name}\n{Log}");
            }

            await Task.Delay(100, CancellationToken.None);
        }
    }

    /// <summary>What the kernel wrote to its console.</summary>
    public string Console()
    {
        string console = Path.Combine(SharedFolder, "console.log");
        return File.Exists(console) ? File.ReadAllText(console) : "";
    }

    /// <summary>Makes a file that the script in the guest waits for.</summary>
    public void MakeFile(string name) => File.WriteAllBytes(Path.Combine(SharedFolder, name), []);

    /// <summary>The script's exit code.</summary>
    public Task<int> WaitForExitAsync() => _process.WaitForExitAsync(_limit + TimeSpan.FromSeconds(10));

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(SharedFolder, recursive: true);
    }
}
