"""What a snippet may ask of a table: the names alone, side by side."""

from __future__ import annotations

_names = str.split

METHODS = _names("""
    head tail sample describe info isnull isna notnull notna fillna dropna drop drop_duplicates duplicated sum
    mean median std var min max count mode prod abs round cumsum cumprod diff pct_change corr cov quantile
    idxmax idxmin nunique value_counts astype copy sort_values sort_index reset_index set_index rename reindex
    apply map applymap groupby agg aggregate transform merge join assign insert pop melt pivot pivot_table stack
    unstack replace where mask clip any all interpolate ffill bfill shift rolling isin between unique tolist
    to_numpy to_list to_frame to_dict to_csv to_string items iterrows itertuples keys filter select_dtypes
    nlargest nsmallest add sub mul div squeeze equals cat get explode rank eq ne lt le gt ge dot cummax cummin
    transpose add_prefix add_suffix combine_first convert_dtypes infer_objects item contains lower upper strip
    split len startswith endswith get_dummies size first last nth ngroup cumcount get_group to_series droplevel
    argsort to_timestamp memory_usage add_categories strftime total_seconds isoformat day_name normalize
    expanding ewm sem skew kurt kurtosis corrwith title capitalize find slice extract findall isnumeric
    isdigit lstrip rstrip truediv pow floordiv mod xs swaplevel update first_valid_index last_valid_index
    compare align divide multiply subtract searchsorted union intersection difference get_loc
    get_level_values
    product pipe take set_axis rename_axis reorder_levels truncate radd rsub rmul rdiv rtruediv rfloordiv rmod rpow
    reindex_like combine between_time at_time asfreq resample to_json to_html to_records to_period tz_localize
    tz_convert argmax argmin repeat factorize autocorr divmod case_when from_dict from_records to_flat_index get_indexer
    set_names set_levels remove_unused_levels isocalendar month_name to_pydatetime as_unit floor ceil
    isalnum isalpha isascii isdecimal islower isspace istitle isupper casefold swapcase partition rpartition rsplit
    rfind index fullmatch match removeprefix removesuffix extractall slice_replace ljust rjust center zfill pad wrap
    remove_categories rename_categories reorder_categories set_categories as_ordered add_categories
    nlargest bfill ohlc
""")
"""Methods of frames, series, groups and text columns; pandas itself says which has which."""

VALUES = _names("""
    cat shape columns index values dtypes dtype size ndim T empty name iloc loc at iat str hasnans is_unique groups
    nbytes dt year month day hour minute second dayofweek weekday quarter codes categories
    is_monotonic_increasing is_monotonic_decreasing nlevels levshape is_month_end is_year_start is_leap_year freq
    days_in_month day_of_week day_of_year microsecond left right mid length attrs flags array names levels axes days seconds date time is_month_start ordered
""")
"""Attributes that are no methods."""

FUNCTIONS = _names("""
    DataFrame Series concat merge get_dummies isnull isna notnull notna cut qcut unique to_numeric crosstab
    pivot_table melt date_range factorize to_datetime Index Categorical Timestamp Timedelta pivot
    MultiIndex RangeIndex DatetimeIndex TimedeltaIndex CategoricalIndex IntervalIndex Interval Period period_range
    timedelta_range bdate_range to_timedelta interval_range merge_asof merge_ordered wide_to_long lreshape
    from_dummies json_normalize CategoricalDtype DateOffset
""")
"""Functions and classes of the module."""

SUMMARIES = _names("""
    sum mean median std var min max count prod nunique first last size idxmin idxmax abs cumsum cumprod rank any
    all mode len
""")
"""What may be named by a text, as in agg("mean"): pandas would look up any method."""
