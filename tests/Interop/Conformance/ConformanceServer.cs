using Blockwire.Testing.Targets;

namespace Blockwire.Interop.Tests.Conformance;

/// <summary>The target for the conformance tests: one LUN of each flavour, started anew after a test that did not pass.</summary>
public sealed class ConformanceServer : IAsyncDisposable
{
    private const long LengthBytes = 64 << 20;

    // Below 65536 blocks: with more, WriteSame16.Unmap writes them in one command and does not ask whether MAXIMUM TRANSFER LENGTH allows it.
    private const long ThinLengthBytes = 24 << 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-conformance-").FullName;
    private ITestTarget? _target;

    /// <summary>The order of the LUNs.</summary>
    private enum Flavour
    {
        Plain,
        Thin,
        ThinWithLargePhysicalBlocks,
        Removable,
        ReadOnly,
    }

    public string Log => _target?.Log ?? "(no server)";

    public bool IsAlive => _target?.IsAlive ?? false;

    /// <summary>The URLs for a test: those of the LUN whose flavour its suite is about, twice for multipath suites.</summary>
    public async Task<string[]> UrlsAsync(string test)
    {
        _target ??= await TargetUnderTest.StartAsync(
        [
            new(LengthBytes),
            new(ThinLengthBytes) { Thin = true },

            // A file has physical blocks of several logical ones.
            new(ThinLengthBytes) { Thin = true, Path = Path.Combine(_folder, "thin.img") },
            new(LengthBytes) { Removable = true },
            new(LengthBytes) { ReadOnly = true, Thin = true },
        ]);
        string url = _target.Url((int)FlavourFor(test));
        return test.StartsWith("MultipathIO.", StringComparison.Ordinal) ? [url, url] : [url];
    }

    /// <summary>Ends the server, so that what one test broke cannot colour the next.</summary>
    public async Task DiscardAsync()
    {
        ITestTarget? target = _target;
        _target = null;
        if (target is not null)
        {
            await target.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DiscardAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static Flavour FlavourFor(string test) => test.Split('.') switch
    {
        ["ReadOnly", _] or ["Sanitize", "Readonly"] => Flavour.ReadOnly,
        ["NoMedia" or "PreventAllow" or "StartStopUnit", _] => Flavour.Removable,

        // The test asks for logical block provisioning where BLOCK ERASE is served; SBC-3 ties neither to the other.
        ["Sanitize", "BlockErase"] => Flavour.Thin,
        ["Unmap" or "GetLBAStatus", _] or ["Inquiry", "BlockLimits"] or [_, "Unwritten"] => Flavour.Thin,
        [_, "UnmapUnaligned" or "InvalidDataOutSize"] => Flavour.ThinWithLargePhysicalBlocks,
        [_, var name] when name.StartsWith("Unmap", StringComparison.Ordinal) => Flavour.Thin,
        _ => Flavour.Plain,
    };
}
