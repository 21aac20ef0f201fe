namespace Blockwire.Storage;

/// <summary>
/// The answer to a call that went to several disks in parts. A status that says "nothing was done" (not ready, write protected, not
/// supported) is given only when every part says it; otherwise a change that failed in part may have been made in part, and the answer
/// is that of a medium that failed.
/// </summary>
internal struct PartialStatus
{
    private bool _isAnyOk;
    private bool _isMixed;
    private IoStatus? _failure;

    /// <summary>Takes one part's answer.</summary>
    public void Add(IoStatus status)
    {
        if (status == IoStatus.Ok) _isAnyOk = true;
        else if (_failure is null) _failure = status;
        else if (_failure != status) _isMixed = true;
    }

    /// <summary>The answer of all parts together.</summary>
    public readonly IoStatus ForRead => _failure is not { } failure ? IoStatus.Ok : _isAnyOk || _isMixed ? IoStatus.ReadError : failure;

    /// <summary>The same for a change. "No space" claims nothing of what was not written and stays, if no part failed otherwise.</summary>
    public readonly IoStatus ForChange =>
        _failure is not { } failure ? IoStatus.Ok
        : _isMixed || (_isAnyOk && failure != IoStatus.NoSpace) ? IoStatus.WriteError
        : failure;
}
