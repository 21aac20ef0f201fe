using System.Text;

namespace Blockwire.Scsi.Device.Work;

/// <summary>
/// Keeps as a document that a FORMAT UNIT has not come to its end, so that after a loss of power too the medium is known to be neither old nor new (SBC-3 §5.2.1). Unlike a
/// SANITIZE it does not begin again by itself.
/// </summary>
internal sealed class FormatState(IUnitStateStore store)
{
    /// <summary>Name of the document.</summary>
    public const string DocumentName = "format";

    private const string Unfinished = """{ "state": "unfinished" }""";
    private const string Over = "{}";

    private bool _isUnfinished;

    /// <summary>Is a format kept that has not come to its end?</summary>
    /// <exception cref="UnitStateException">It cannot be read, or is not what was kept.</exception>
    public bool Read()
    {
        _isUnfinished = store.Read(DocumentName) is { } document && Encoding.UTF8.GetString(document) switch
        {
            Unfinished => true,
            Over => false,
            _ => throw new UnitStateException($"the state of FORMAT UNIT is not what was kept: remove the document '{DocumentName}'"),
        };
        return _isUnfinished;
    }

    /// <summary>It begins.</summary>
    /// <exception cref="UnitStateException">It could not be kept.</exception>
    public async ValueTask BeginAsync()
    {
        await store.ReplaceAsync(DocumentName, Encoding.UTF8.GetBytes(Unfinished)).ConfigureAwait(false);
        _isUnfinished = true;
    }

    /// <summary>It has come to its end, or a SANITIZE takes its place.</summary>
    /// <exception cref="UnitStateException">That could not be kept.</exception>
    public async ValueTask EndAsync()
    {
        if (_isUnfinished)
        {
            await store.ReplaceAsync(DocumentName, Encoding.UTF8.GetBytes(Over)).ConfigureAwait(false);
            _isUnfinished = false;
        }
    }
}
