using Blockwire.Testing;

[assembly: AssemblyFixture(typeof(Blockwire.Publish.Tests.PublishedProgram))]

namespace Blockwire.Publish.Tests;

/// <summary>The one file that `./publish` makes, made once for all tests in a folder of their own.</summary>
public sealed class PublishedProgram : IAsyncLifetime
{
    private static readonly TimeSpan _publishLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _runLimit = TimeSpan.FromSeconds(60);

    /// <summary>Files of the tests; gone at the end.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("blockwire publish ").FullName;

    /// <summary>Where the program was put; nothing else goes there.</summary>
    public string Output => Path.Combine(Folder, "out");

    public string Program => Path.Combine(Output, "blockwire");

    /// <summary>What `./publish` said.</summary>
    public ProcessResult Publishing { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Publishing = await ChildProcess.RunAsync(Repository.At("publish"), ["-o", Output], _publishLimit);
        Publishing.Succeeded();
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return default;
    }

    public Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) => ChildProcess.RunAsync(Program, arguments, _runLimit, Environment);

    /// <summary>Runs it with a file as its standard input.</summary>
    public Task<ProcessResult> RunFromAsync(string input, params IEnumerable<string> arguments) =>
        ChildProcess.RunAsync("/bin/sh", ["-c", "input=$1; shift; exec \"$@\" <\"$input\"", "sh", input, Program, .. arguments], _runLimit, Environment);

    public Task<ServerProcess> ServeAsync(params IReadOnlyCollection<string> disks) => ServerProcess.StartAsync(Program, disks, 0, ["--log", "warn"]);

    /// <summary>Writes a file below the folder.</summary>
    public string Write(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    // No .NET of this machine helps the program, and the user's own state is left alone.
    private Dictionary<string, string> Environment => new()
    {
        ["DOTNET_ROOT"] = "/nonexistent",
        ["BLOCKWIRE_STATE"] = Path.Combine(Folder, "state"),
    };
}
