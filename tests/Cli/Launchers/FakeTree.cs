using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Launchers;

/// <summary>
/// A copy of the launchers with a stand-in for `dotnet`, so that what they do can be seen in a moment: each build adds a line to
/// `builds` and puts a program in place that prints its arguments and ends with status 7.
/// </summary>
internal sealed class FakeTree : IDisposable
{
    private const string Dotnet = """
        #!/bin/sh
        tree="$(cat "$(dirname "$0")/tree")"
        case "$1" in
          --list-sdks) cat "$tree/sdks"; exit 0 ;;
        esac
        echo build >>"$tree/builds"
        if [ -e "$tree/broken" ]; then echo "Program.cs(1,1): error CS1002: ; expected"; exit 1; fi
        mkdir -p "$tree/artifacts/bin/Blockwire.Cli/release"
        printf '#!/bin/sh\nprintf "[%%s]" "$@"\nexit 7\n' >"$tree/artifacts/bin/Blockwire.Cli/release/blockwire"
        chmod +x "$tree/artifacts/bin/Blockwire.Cli/release/blockwire"
        : >"$tree/artifacts/bin/Blockwire.Cli/release/blockwire.dll"
        echo "Build succeeded."
        """;

    private readonly ScratchFolder _tools = new();

    public FakeTree()
    {
        foreach (string name in new[] { "blockwire", "test", "eng/build.sh", ".ci/run" })
        {
            Folder.Write(name, File.ReadAllText(Repository.At(name)), executable: true);
        }

        foreach (string name in new[] { "global.json", "Directory.Build.props", "Directory.Packages.props", ".editorconfig", "src/Cli/Program.cs" })
        {
            Folder.Write(name, string.Empty);
        }

        Folder.Write("eng/install-peers", "#!/bin/sh\n", executable: true);
        SetSdk("10.0.100 [/somewhere]");
        _tools.Write("tree", Folder.Path);
        _tools.Write("dotnet", Dotnet, executable: true);
    }

    public ScratchFolder Folder { get; } = new();

    public int Builds => File.Exists(Folder.At("builds")) ? File.ReadAllLines(Folder.At("builds")).Length : 0;

    public void SetSdk(string list) => Folder.Write("sdks", list + "\n");

    /// <summary>Makes a file newer than everything that was built.</summary>
    public void Touch(string name) => File.SetLastWriteTimeUtc(Folder.At(name), TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1));

    /// <summary>Runs a launcher, by its name in the tree or by a full path.</summary>
    public Task<ProcessResult> RunAsync(string program, params IEnumerable<string> arguments) =>
        ChildProcess.RunAsync(
            Folder.At(program),
            arguments,
            TimeSpan.FromSeconds(30),
            new Dictionary<string, string>
            {
                ["PATH"] = $"{_tools.Path}:{Environment.GetEnvironmentVariable("PATH")}",
                ["CI"] = "false",
            });

    public void Dispose()
    {
        Folder.Dispose();
        _tools.Dispose();
    }
}
