using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Launchers;

/// <summary>`./blockwire`: builds when it must, then is the program.</summary>
public sealed class BlockwireLauncherTests : IDisposable
{
    private readonly FakeTree _tree = new();

    [Fact]
    public async Task The_first_use_builds_quietly_and_passes_everything_on()
    {
        ProcessResult first = await _tree.RunAsync("blockwire", "serve", "a b", "");
        ProcessResult second = await _tree.RunAsync("blockwire");

        Assert.Equal((7, "[serve][a b][]", string.Empty), (first.ExitCode, first.Output, first.Error));
        Assert.Equal(7, second.ExitCode);
        Assert.Equal(1, _tree.Builds);
    }

    [Theory]
    [InlineData("src/Cli/Program.cs")]
    [InlineData("Directory.Packages.props")]
    [InlineData("global.json")]
    public async Task Newer_sources_are_built_again(string name)
    {
        await _tree.RunAsync("blockwire");
        _tree.Touch(name);
        await _tree.RunAsync("blockwire");

        Assert.Equal(2, _tree.Builds);
    }

    [Fact]
    public async Task A_symbolic_link_leads_to_the_tree()
    {
        string link = Path.Combine(_tree.Folder.Path, "else where");
        Directory.CreateDirectory(link);
        File.CreateSymbolicLink(Path.Combine(link, "bw"), "../blockwire");

        ProcessResult result = await _tree.RunAsync("else where/bw", "x");

        Assert.Equal((7, "[x]"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task A_build_that_fails_shows_why_on_stderr_and_runs_nothing()
    {
        string broken = _tree.Folder.Write("broken", string.Empty);
        ProcessResult result = await _tree.RunAsync("blockwire");

        Assert.Equal((1, string.Empty), (result.ExitCode, result.Output));
        Assert.Contains("error CS1002", result.Error, StringComparison.Ordinal);

        File.Delete(broken);
        Assert.Equal(7, (await _tree.RunAsync("blockwire")).ExitCode);
    }

    [Theory]
    [InlineData("8.0.404 [/somewhere]")]
    [InlineData("")]
    public async Task Without_the_SDK_it_says_what_to_install(string sdks)
    {
        _tree.SetSdk(sdks);

        ProcessResult result = await _tree.RunAsync("blockwire");

        Assert.Equal((1, string.Empty), (result.ExitCode, result.Output));
        Assert.StartsWith("blockwire: the .NET 10 SDK is missing: install it from ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', result.Error);
    }

    [Fact]
    public async Task Two_at_once_build_once()
    {
        ProcessResult[] results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _tree.RunAsync("blockwire", "x")));

        Assert.All(results, static it => Assert.Equal((7, "[x]"), (it.ExitCode, it.Output)));
        Assert.Equal(1, _tree.Builds);
    }

    [Fact]
    public async Task The_launcher_becomes_the_program_so_that_signals_reach_it()
    {
        await _tree.RunAsync("blockwire");
        _tree.Folder.Write("artifacts/bin/Blockwire.Cli/release/blockwire", "#!/bin/sh\necho $$\nexec sleep 60\n", executable: true);

        await using ChildProcess launched = ChildProcess.Start(_tree.Folder.At("blockwire"), []);
        await launched.WaitUntilAsync(static it => it.OutputLines.Count > 0, TimeSpan.FromSeconds(30), "it ran");

        Assert.Equal([$"{launched.Id}"], launched.OutputLines);
    }

    public void Dispose() => _tree.Dispose();
}
